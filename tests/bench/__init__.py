"""Benchmarks: `make bench`. Ratios within one run, CPU seconds beside wall time."""
