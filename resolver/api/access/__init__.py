"""Access, limits and sight: keys and rates before a request, metrics, the access log and traces around it."""
