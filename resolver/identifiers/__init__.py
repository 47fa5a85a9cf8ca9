"""Recognition of gene identifiers: pure, and standard library only."""
