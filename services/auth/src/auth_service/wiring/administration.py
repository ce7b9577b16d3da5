"""Joins /admin and its API: what an operator does by hand."""

from fastapi import APIRouter

from auth_service.wiring.people import People


def routers(people: People) -> list[APIRouter]:
    """The pages of administrators, and the same for programs."""
    del people
    return []
