"""The business lines: each folder is one plugin."""
