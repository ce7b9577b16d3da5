"""Letters: written in the reader's language, and carried to a mail server."""
