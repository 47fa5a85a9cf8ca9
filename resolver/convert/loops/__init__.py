"""What is done for each row of a large table, as loops that are compiled to machine code."""
