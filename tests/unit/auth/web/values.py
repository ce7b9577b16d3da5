"""What each page is given here: something for each of its places."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

from auth_service.flows.account.authenticator import Setup
from auth_service.protocol.factors import Factors, Passkey

NOW = datetime(2026, 11, 21, 14, 3, tzinfo=UTC)
PERSON = MappingProxyType(
    {
        "name": "Alice",
        "username": "alice",
        "email": "alice@example.com",
        "email_verified": True,
        "picture_url": "/pictures/1.webp",
        "phone_number": "+44 20 7946 0018",
        "birthdate": date(1990, 2, 3),
        "emp_user_id": "E-1",
    }
)
SCOPE = MappingProxyType(
    {
        "name": "a",
        "description": "Read",
        "sensitive": True,
        "of_person": True,
        "checked": True,
    }
)
FIELDS = (
    "name",
    "username",
    "email",
    "phone_number",
    "birthdate",
    "emp_user_id",
    "kind",
    "client_name",
    "client_uri",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "initiate_login_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "description",
    "contacts",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
)
VALUES = MappingProxyType(dict.fromkeys((*FIELDS, "locale"), "x"))
APP = MappingProxyType(
    {
        "client_id": "c1",
        "logo": "/logos/ab.webp",
        "client_name": "Notes",
        "client_uri": "https://notes.example/",
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "scopes": ["openid"],
        "redirect_uris": ["https://notes.example/cb"],
        "backchannel_logout_uri": "https://notes.example/logout",
        "created_at": NOW,
        "kind": "web",
        "live": False,
        "testers": ["bob"],
    }
)
LINES = MappingProxyType(
    {"redirect_uris": [{"number": 1, "text": "https://x.example/", "problem": "Odd."}]}
)
METHODS = [["client_secret_basic", "Secret", "In the header."]]
CONSOLE = MappingProxyType({"app": APP, "kind": "web", "issuer": "https://id.example"})
ACCOUNT = MappingProxyType(
    {**PERSON, "subject": "s1", "disabled": True, "administrator": True}
)
ADMINISTERED = MappingProxyType(
    {
        **APP,
        "owner": "s1",
        "publisher": "Alice",
        "self_registered": False,
        "verified": True,
        "suspended": True,
        "first_party": True,
    }
)
CONTEXTS: Mapping[str, Mapping[str, object]] = {
    "login.html": {
        "client_name": "Notes",
        "client_logo": None,
        "identifier": "alice",
        "again": False,
        "error": "Wrong.",
        "retry_after": 61,
        "handle": "h",
        "next": "/account",
        "options": "{}",
        "register_url": "/register",
    },
    "second_factor.html": {
        "client_name": "Notes",
        "step": "s",
        "options": "{}",
        "codes": True,
        "recovery_codes": 10,
        "error": "Wrong.",
        "retry_after": 61,
    },
    "mail/check_mail.html": {
        "email": "a@b.example",
        "pending": "p",
        "errors": {"code": "Wrong."},
        "sent_again": True,
        "retry_after": 61,
    },
    "mail/confirm_sign_up.html": {
        "username": "alice",
        "email": "a@b.example",
        "asks_password": True,
        "token": "t",
        "errors": {"password": "Wrong."},
        "retry_after": 61,
    },
    "mail/name_taken.html": {"errors": {"username": "Taken."}},
    "mail/link_over.html": {"again": "/reset"},
    "mail/no_mail.html": {},
    "mail/reset.html": {},
    "mail/reset_sent.html": {},
    "mail/reset_new.html": {
        "username": "alice",
        "token": "t",
        "errors": {"new_password": "Short."},
    },
    "mail/reset_done.html": {},
    "mail/email.html": {
        "email": "a@b.example",
        "email_verified": False,
        "sends_mail": True,
        "values": VALUES,
        "errors": {"email": "Odd."},
        "notice": "Done.",
    },
    "mail/address_sent.html": {"email": "a@b.example"},
    "mail/confirm_address.html": {
        "email": "a@b.example",
        "username": "alice",
        "token": "t",
    },
    "mail/inbox.html": {
        "letters": [
            {
                "url": "/dev/mail/1",
                "to": "a@b.example",
                "subject": "Hello",
                "sent_at": NOW,
            }
        ]
    },
    "mail/letter.html": {
        "letter": {
            "sender": "Valetkey <v@id.example>",
            "to": "a@b.example",
            "subject": "Hello",
        },
        "parts": ["Look: ", "https://id.example/reset/new?token=t", ""],
        "sent_at": NOW,
    },
    "register.html": {
        "errors": {"username": "Taken.", "birthdate": "Odd.", "form": "Wait."},
        "values": VALUES,
        "handle": "h",
        "next": "/account",
        "login_url": "/login",
        "client_name": "Notes",
    },
    "consent.html": {
        "client_name": "Notes",
        "client_logo": "/logos/ab.webp",
        "verified": True,
        "live": False,
        "client_uri": "https://notes.example/",
        "policy_uri": "https://notes.example/policy",
        "tos_uri": "https://notes.example/terms",
        "publisher": "Bob",
        "address": "notes.example",
        "self_registered": True,
        "redirect_host": "notes.example",
        "person": PERSON,
        "new_scopes": [SCOPE],
        "granted_scopes": [SCOPE],
        "resource_names": ["Notes API"],
        "localhost_warning": True,
        "handle": "h",
    },
    "device/code.html": {"person": PERSON, "typed": "WDJB-", "error": "Wrong."},
    "device/confirm.html": {
        "user_code": "WDJB-MJHT",
        "client_name": "Notes",
        "client_logo": None,
        "client_uri": "https://notes.example/",
        "policy_uri": "https://notes.example/policy",
        "tos_uri": "https://notes.example/terms",
        "publisher": "Bob",
        "address": None,
        "self_registered": True,
        "person": PERSON,
        "scopes": [SCOPE],
        "resource_names": ["Notes API"],
        "device": {"ip": "192.0.2.1", "user_agent": "TV", "asked_at": NOW},
    },
    "device/done.html": {"answer": "allowed"},
    "select_account.html": {
        "client_name": "Notes",
        "client_logo": None,
        "current": {**PERSON, "sid": "a"},
        "others": [{**PERSON, "sid": "b"}],
        "handle": "h",
    },
    "error.html": {
        "title": "Wrong",
        "message": "It went wrong.",
        "advice": "Try again.",
        "error": "invalid_request",
        "description": "bad",
        "request_id": "1",
        "time": "now",
        "back_url": "https://notes.example/",
        "back_label": "Back",
    },
    "leave.html": {
        "client_name": "Notes",
        "address": "notes.example",
        "redirect_host": "notes.example",
        "url": "https://notes.example/cb?error=x",
    },
    "logout.html": {
        "client_name": "Notes",
        "fields": {"state": "s"},
        "several": True,
    },
    "signed_out.html": {
        "client_name": "Notes",
        "client_uri": "https://notes.example/",
    },
    "home.html": {"issuer": "https://id.example"},
    "account/security.html": {
        "username": "alice",
        "factors": Factors(authenticator=True, passkeys=1, recovery_codes=1),
        "passkeys": [
            Passkey(
                credential_id="AA",
                subject="s",
                public_key=b"",
                name="Phone",
                sign_count=0,
                backup_eligible=True,
                backed_up=True,
                created_at=NOW,
            )
        ],
        "errors": {"new_password": "Odd."},
        "notice": "Done.",
    },
    "account/add_passkey.html": {"options": "{}", "errors": {"form": "Odd."}},
    "account/add_authenticator.html": {
        "setup": Setup(name="s", secret="ABCD", uri="otpauth://totp/x"),
        "secret": "ABCD",
        "errors": {"code": "Odd."},
    },
    "account/recovery_codes.html": {"codes": ["aaaa-bbbb-cccc-dddd"]},
    "account/profile.html": {
        "person": PERSON,
        "values": VALUES,
        "languages": [("en", "English")],
        "errors": {"name": "Odd."},
        "notice": "Saved.",
    },
    "account/activity.html": {
        "entries": [
            {"at": NOW, "text": "You signed in.", "app": "App", "ip": "192.0.2.1"},
            {"at": NOW, "text": "You signed out.", "app": None, "ip": None},
        ],
        "next": "a-token",
        "first": False,
    },
    "account/data.html": {},
    "account/delete.html": {
        "username": "alice",
        "apps": [{"client_id": "c", "client_name": "App", "people": 2}],
        "blocked": True,
        "errors": {"username": "Odd."},
    },
    "account/sessions.html": {
        "sessions": [
            {
                "sid": str(n),
                "device": "Firefox",
                "ip": "192.0.2.1",
                "auth_time": NOW,
                "last_seen_at": NOW,
                "current": n == 0,
            }
            for n in range(2)
        ],
        "notice": "Ended.",
    },
    "account/connected_apps.html": {
        "apps": [
            {
                "client": APP,
                "opening_url": "https://notes.example/start",
                "scopes": [SCOPE],
                "granted_at": NOW,
                "used_at": NOW,
            }
        ],
        "notice": "Gone.",
    },
    "apps/list.html": {
        "apps": [APP],
        "offers": [{"client_id": "c2", "client_name": "Maps", "publisher": "Bob"}],
        "notice": "Deleted.",
    },
    "apps/new.html": {
        "scopes": [SCOPE],
        "methods": METHODS,
        "values": VALUES,
        "lines": LINES,
        "errors": {"client_name": "Empty.", "kind": "None.", "scope": "None."},
    },
    "apps/testing.html": {
        **CONSOLE,
        "checks": [
            {"text": "A home page.", "done": True, "required": True},
            {"text": "A contact.", "done": False, "required": True},
            {"text": "A logo.", "done": False, "required": False},
        ],
        "errors": {"name": "No name."},
        "values": {"name": "x"},
        "notice": "Added.",
    },
    "apps/test.html": {**CONSOLE, "error": ["invalid_scope", "It is unknown."]},
    "apps/tested.html": {
        **CONSOLE,
        "result": {
            "request": {"scope": "openid"},
            "answer": {"code": "c0de", "state": "s"},
            "error": ["invalid_grant", "It was used."],
            "tokens": {"expires_in": 600},
            "elided": ["access_token"],
            "id_token": {"sub": "alice"},
            "nonce_matches": True,
        },
        "tokens": "{}",
        "id_token": "{}",
    },
    "apps/use.html": {
        **CONSOLE,
        "audience": "https://api.example",
        "api_scope": "notes:read",
    },
    "apps/errors.html": {
        **CONSOLE,
        "refusals": [
            [
                {
                    "at": NOW,
                    "endpoint": "/oauth/authorize",
                    "error": "invalid_request",
                    "description": "redirect_uri is not registered for this app",
                    "detail": "More.",
                    "ip": "192.0.2.1",
                    "came": {"redirect_uri": "https://x.example/"},
                    "names": ["state"],
                    "method": "none",
                },
                [
                    {
                        "name": "redirect_uri",
                        "same": "https://",
                        "came": "x.example/",
                        "expected": "y.example/",
                    }
                ],
            ]
        ],
    },
    "in_testing.html": {
        "client_name": "Notes",
        "client_logo": "/logos/ab.webp",
        "address": None,
        "redirect_host": "notes.example",
        "url": "https://notes.example/cb?error=access_denied",
    },
    "apps/logouts.html": {
        **CONSOLE,
        "deliveries": [
            {
                "id": "d1",
                "sid": "abcdefghijk",
                "created_at": NOW,
                "attempts": 2,
                "outcome": "503",
                "next_attempt_at": NOW,
                "delivered_at": None,
            }
        ],
        "notice": "Again.",
    },
    "apps/show.html": {
        **CONSOLE,
        "secret": "s3cret",
        "secrets": [
            {"id": "1", "hint": "abc", "created_at": NOW, "last_used_at": None}
        ],
        "uses_secret": True,
        "scopes": [SCOPE],
        "grants": [
            {"name": "refresh_token", "text": "Stay.", "fixed": False, "checked": True}
        ],
        "methods": METHODS,
        "values": VALUES,
        "lines": LINES,
        "errors": {"confirm": "Not the name."},
        "notice": "Saved.",
        "opening_url": "https://notes.example/start",
        "transfer": None,
    },
    "admin/set_up.html": {"username": "alice", "token": "t"},
    "admin/people.html": {
        "rows": [[ACCOUNT, NOW]],
        "next": "token",
        "search": "al",
        "order": "newest",
        "orders": ["username", "newest"],
    },
    "admin/person_new.html": {"values": VALUES, "errors": {"username": "Odd."}},
    "admin/person.html": {
        "person": ACCOUNT,
        "sessions": [{"device": "Firefox", "ip": "192.0.2.1", "last_seen_at": NOW}],
        "notice": "Done.",
        "problem": "Not now.",
        "reset_link": "https://id.example/reset/new?token=t",
    },
    "admin/apps.html": {
        "apps": [ADMINISTERED],
        "next": "token",
        "search": "no",
        "order": "name",
        "orders": ["name", "newest"],
    },
    "admin/app.html": {
        "app": ADMINISTERED,
        "secrets": [{"hint": "abcdef", "last_used_at": None}],
        "notice": "Done.",
        "problem": "Not now.",
    },
    "admin/resources.html": {
        "resources": [
            {
                "identifier": "https://api.example",
                "name": "Notes",
                "scopes": [{**SCOPE, "reserved": True}],
            }
        ],
        "own": "https://id.example/api/admin",
    },
    "admin/resource.html": {
        "action": "/admin/resource",
        "values": {
            "identifier": "https://api.example",
            "name": "Notes",
            "client_id": "notes-api",
        },
        "rows": [{**SCOPE, "reserved": True}],
        "errors": {"scopes": "Twice."},
        "notice": "Saved.",
    },
    "admin/keys.html": {
        "keys": [
            {
                "kid": "k1",
                "alg": "ES256",
                "state": "retired",
                "created_at": NOW,
                "active_at": NOW,
            }
        ],
        "notice": "Done.",
        "problem": "Not now.",
    },
    "admin/audit.html": {
        "events": [
            {
                "event": "sign_in",
                "at": NOW,
                "subject": "s",
                "client_id": "c1",
                "ip": "192.0.2.1",
                "detail": {"by": "s", "amr": ["pwd"]},
            }
        ],
        "next": "token",
        "names": ["sign_in"],
        "values": {
            "event": "sign_in",
            "person": "alice",
            "client_id": "c1",
            "since": "2026-01-01",
            "until": "",
        },
        "query": "event=sign_in",
    },
    "admin/settings.html": {
        "settings": [{"name": "PORT", "value": "9000", "source": "default"}]
    },
}
