"""The same pass by whole layers: in matrices, and through a graph of gates."""
