"""Import of tables into any resource that declares an importer: read, map, try, run, take back."""
