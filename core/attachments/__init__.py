"""Files and pictures on any record."""
