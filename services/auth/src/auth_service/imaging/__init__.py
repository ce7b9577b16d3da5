"""Pictures, behind their port."""
