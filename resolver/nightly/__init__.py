"""Are we stale? What is asked of the upstreams each night, what is believed, and what is told of it."""
