"""Demo data: invented companies and people, made anew from a seed."""
