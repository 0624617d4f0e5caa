"""Networks as graphs: a builder a module, for any arithmetic."""
