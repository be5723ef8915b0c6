"""What a person sees first: the frame around every page, workbench, search, help."""
