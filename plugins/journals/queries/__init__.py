"""Reading journals."""
