"""Tests of the demo plugin."""
