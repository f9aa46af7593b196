"""Benchmarks: what the platform costs, each as a ratio to something plain measured in the same run."""
