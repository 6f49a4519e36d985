"""Displays and reports of fitted searches."""
