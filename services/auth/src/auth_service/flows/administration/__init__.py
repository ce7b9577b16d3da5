"""What administrators do: by page, by program and at the command line."""
