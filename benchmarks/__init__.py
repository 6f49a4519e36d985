"""Benchmarks of skhp beside its peers; none of it is part of the package."""
