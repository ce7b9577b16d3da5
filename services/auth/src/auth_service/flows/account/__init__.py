"""A person's own things: profile, password, sessions, connected apps."""
