"""What is a gene? Its words, and which gene or xref wins: pure."""
