"""Pages to which letters lead, and the inbox that stands in for a mailbox."""
