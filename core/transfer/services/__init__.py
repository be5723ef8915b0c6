"""Imports: begin, map, try, run, take back, report."""
