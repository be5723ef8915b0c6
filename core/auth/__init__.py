"""Accounts, rights and the audit trail."""
