"""What to write for names and arguments from elsewhere: for messages, and for ``where NAME``."""
