"""Backpropagation written out by hand: Problem, Trace, Document, and the verbs between them."""
