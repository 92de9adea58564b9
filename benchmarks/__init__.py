"""Benchmarks against other libraries that differentiate: `python -m benchmarks`, or `make bench`.

`peers` says what a workload may ask of every library, `harness` checks and times, `report` writes; the workloads are in
`calls`, `corrections`, `derivatives`, `growth`, `models` and `processes`. Every workload runs in a process of its own.
"""
