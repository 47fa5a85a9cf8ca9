"""What is this text? Recognition of gene identifiers: pure, and standard library only."""
