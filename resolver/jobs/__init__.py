"""Long work beside the service: done in processes of its own, and kept as jobs that outlive the service."""
