"""What apps call people (OpenID Connect Core section 8)."""

from typing import Any

import pytest

from auth_service.crypto.subjects import Subjects
from tests.builders.protocol import client

SECRET = "0f8fad5bd9cb469fa165b1c2d3e4f506"
SUBJECTS = Subjects(SECRET)


def sub(subject: str = "alice", **changes: Any) -> str:
    return SUBJECTS.of(subject, client(**{"subject_type": "pairwise", **changes}))


def test_a_public_subject_is_the_same_everywhere() -> None:
    assert sub(subject_type="public") == "alice"


def test_a_pairwise_subject_is_fixed_and_no_other_persons() -> None:
    assert sub() == Subjects(SECRET).of("alice", client(subject_type="pairwise"))
    assert len(sub()) == 43
    assert "alice" not in sub()
    assert sub() != sub("bob")
    assert sub() != sub(sub())


def test_nobody_without_the_secret_finds_it() -> None:
    app = client(subject_type="pairwise")
    assert Subjects(SECRET[::-1]).of("alice", app) != sub()


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "sibling"},
        {"redirect_uris": ("https://app.example/x", "https://app.example/y?z=1")},
        {"redirect_uris": ("https://app.example:8443/cb",)},
        {
            "redirect_uris": ("https://a.example/", "https://b.example/"),
            "sector_identifier_uri": "https://app.example/uris.json",
        },
    ],
)
def test_apps_of_one_sector_know_a_person_by_one_name(changes: dict[str, Any]) -> None:
    """OIDC Core section 8.1."""
    assert sub(**changes) == sub()


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ("https://other.example/cb",)},
        {"redirect_uris": ("https://sub.app.example/cb",)},
        {"sector_identifier_uri": "https://other.example/uris.json"},
        {"redirect_uris": ("http://127.0.0.1/cb",)},
    ],
)
def test_apps_of_two_sectors_do_not(changes: dict[str, Any]) -> None:
    assert sub(**changes) != sub()


@pytest.mark.parametrize(
    "redirect_uris",
    [
        (),
        ("http://127.0.0.1/cb",),
        ("http://[::1]/cb",),
        ("http://localhost/cb",),
        ("com.example.app:/cb",),
        ("https://a.example/", "https://b.example/"),
    ],
)
def test_without_a_host_of_its_own_an_app_is_a_sector(
    redirect_uris: tuple[str, ...],
) -> None:
    """Everybody's own computer is one address, and tells nobody apart."""
    one = sub(redirect_uris=redirect_uris, client_id="one")
    assert one != sub(redirect_uris=redirect_uris, client_id="two")
    assert one == sub(redirect_uris=redirect_uris, client_id="one")


def test_sector_and_subject_do_not_run_together() -> None:
    assert sub("x", redirect_uris=("https://a.example/",)) != sub(
        "examplex", redirect_uris=("https://a./",)
    )
