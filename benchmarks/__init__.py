"""Measurements: each prints medians and ratios against the alternative, taken in turn in one run."""
