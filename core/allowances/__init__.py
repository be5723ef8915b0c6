"""More rows than the limit of a day lets one person take out: alone with the password, or as a second person agrees."""
