"""HTTP in, HTTP out: each file reads a request, calls one flow and renders."""
