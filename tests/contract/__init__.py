"""The contract suite over everything installed."""
