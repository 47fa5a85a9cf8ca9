"""Nightly runs: query the source databases, judge their responses, mark stale identifiers, and report."""
