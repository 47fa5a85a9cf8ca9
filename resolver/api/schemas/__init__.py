"""The schemas of requests and answers, for the API's documentation and for clients that generate code from it.

Answers are not built from these models (that would cost half of the rate, docs/adr/0004-read-path.md); a test validates
every answer against them.
"""
