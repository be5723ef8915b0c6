"""What the pages of accounts and rights read."""
