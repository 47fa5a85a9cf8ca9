"""The workshop: makes a release."""
