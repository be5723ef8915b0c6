"""Visits to customers: the plugin that shows every hook."""
