"""Keys, signatures and passwords, behind the ports."""
