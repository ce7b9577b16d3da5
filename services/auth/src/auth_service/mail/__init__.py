"""Letters to people: written, queued, sent."""
