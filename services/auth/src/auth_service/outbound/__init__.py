"""Calls of this server to URLs that somebody else chose: one way out, and guarded."""
