"""The forms of accounts and rights."""
