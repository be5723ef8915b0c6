"""Reading the work log and reports."""
