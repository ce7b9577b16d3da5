"""PostgreSQL: this service's tables, in a schema of their own."""
