"""Query the live services of the source databases within their rate limits, and derive verdicts."""
