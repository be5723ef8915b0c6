"""The schema history of core."""
