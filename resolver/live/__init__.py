"""What does the upstream say now? Asks the live services of the upstreams, politely, and tells verdicts."""
