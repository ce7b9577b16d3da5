"""One file per grant_type; each fills the one open slot of flows/token.py."""
