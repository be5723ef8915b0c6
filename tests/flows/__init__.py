"""Stories that cross plugins, through HTTP."""
