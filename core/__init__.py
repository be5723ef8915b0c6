"""Zhike: one register of customers and contacts, and the business lines around it."""
