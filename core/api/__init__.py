"""What programs read: REST and OpenAPI over any Resource, with tokens that people make for them."""
