"""What happens, in order. Rules come from protocol, effects from ports."""
