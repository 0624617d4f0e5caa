"""A pass worked out number by number: forward, error, backward, update, a chapter a module."""
