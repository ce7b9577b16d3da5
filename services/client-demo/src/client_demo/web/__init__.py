"""HTTP in, HTTP out: read, call what does the work, show a page."""
