"""Requests for more rows."""
