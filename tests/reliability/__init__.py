"""Campaigns that break searches at random moments, and count what that costs.

Run as ``python -m tests.reliability``; ``doc/promises.md`` has the results.
"""
