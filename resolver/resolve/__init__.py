"""Answers: outcomes, and the one policy that decides them."""
