"""More rows than the limit of a day lets one person take out, agreed to by a second person."""
