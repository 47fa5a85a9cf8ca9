"""The embedded starter facts, and how they are compiled from upstream files and read back."""
