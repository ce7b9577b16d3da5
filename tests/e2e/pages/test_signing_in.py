"""The pages of a sign-in, as a person meets them."""

import pytest

from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser


def test_a_person_signs_in_and_comes_to_their_account(walk: Walk) -> None:
    walk.open("/login")
    walk.check("login")
    walk.sign_in()
    walk.open("/account")
    walk.check("account")
    walk.sees("alice@people.example")


def test_an_app_sends_a_person_who_works_without_scripts(plain_walk: Walk) -> None:
    plain_walk.open_authorize()
    plain_walk.sign_in("bob")
    plain_walk.is_at("/consent")
    plain_walk.sees("Web App")
