"""Short-lived things, each with its TTL, each kind under its own key prefix."""
