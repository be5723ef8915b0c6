"""Journals: publications, issues, subscriptions, dispatch."""
