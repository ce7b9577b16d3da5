"""Every table of the resource service."""

from sqlalchemy import Column, DateTime, Index, MetaData, Table, Text, Uuid

SCHEMA = "notes"

metadata = MetaData(schema=SCHEMA)

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    # A page of one person's notes, newest first, is one stretch of this index.
    Index("notes_by_owner", "owner", "created_at", "id"),
)
