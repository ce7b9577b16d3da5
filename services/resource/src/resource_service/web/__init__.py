"""HTTP in, HTTP out: read, do one thing, answer."""
