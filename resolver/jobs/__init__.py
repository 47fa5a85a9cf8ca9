"""Long work beside the service, in processes of its own; jobs outlive the service."""
