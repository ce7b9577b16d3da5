"""The ports on real stores: Redis for what may be lost, PostgreSQL for the rest."""
