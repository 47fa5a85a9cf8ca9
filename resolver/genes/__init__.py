"""Types of genes, and the rules that rank genes and xrefs. No input, no output."""
