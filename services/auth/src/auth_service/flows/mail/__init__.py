"""What letters are for: proving an address, choosing a new password."""
