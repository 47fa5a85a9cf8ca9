"""The public identifier APIs, played by a local HTTP server from a state that a test can change."""
