"""What tests of core and of plugins use; shipped."""
