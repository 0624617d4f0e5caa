"""Mathematics as a tree, and what prints it: numbers, MathML, speech."""
