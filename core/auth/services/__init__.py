"""The rules of accounts, sign-in and rights."""
