"""What is the answer? Outcomes, and the one function that decides them."""
