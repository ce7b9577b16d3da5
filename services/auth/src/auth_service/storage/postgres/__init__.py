"""Long-lived things: people, apps, consents, grants, keys, the audit log."""
