"""The rules of journals."""
