"""Frames of Python's table libraries, as they are sent to a service and completed with its columns."""
