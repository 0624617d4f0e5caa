"""How what is stated of scalars is set: in letters, with numbers put in, with the value."""
