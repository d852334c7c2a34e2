"""Speed and memory against peers and against the machine's limits: `python -m benchmarks [name …]`.

A benchmark is a file here with `run(report)`; the runner finds it by itself.
"""
