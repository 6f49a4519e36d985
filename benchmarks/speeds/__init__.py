"""The parts of `benchmarks.speed`: each yields rows of figures."""
