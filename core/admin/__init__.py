"""What administrators switch and set: modules, settings, dictionaries, the system page."""
