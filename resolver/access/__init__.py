"""Who may use the service, and how much: API keys, scopes, and limits of requests."""
