"""What is allowed, and why: frozen values and pure functions. No I/O, no clock."""
