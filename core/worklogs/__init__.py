"""Work log: what was talked and done with customers, and the reports that come of it."""
