"""What a conversion came to: its counts, a receipt, and a report in HTML."""
