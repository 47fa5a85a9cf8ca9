"""A release for other systems: tables for a warehouse, and SSSOM mapping sets."""
