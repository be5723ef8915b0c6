"""Finds records that are the same company: keys, comparison with reasons, groups that are consistent."""
