"""The modules of the OpenID Foundation's conformance plans, by name, in their order."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

#: Where the suite is published; the plans are classes of it.
SUITE = "https://gitlab.com/openid/conformance-suite"


@dataclass(frozen=True)
class Plan:
    """
    A plan of the suite.

    Attributes:
        title: as docs/conformance.md heads it.
        name: `testPlanName` in the suite.
        source: the class that lists the modules.
        commit: of the suite, at which the class was read.
        file: of its tests here.
        modules: `testName` of each.
        inapplicable: those that are for another profile than the one tested here.

    """

    title: str
    name: str
    source: str
    commit: str
    file: str
    modules: tuple[str, ...]
    inapplicable: frozenset[str] = frozenset()


def function(module: str) -> str:
    """The name of the test of a module."""
    return f"test_{module.replace('-', '_')}"


def modules_of(plan: Plan, *files: ModuleType) -> dict[str, Any]:
    """The tests of a plan's modules that several plans share, by name."""
    found = {name: test for file in files for name, test in vars(file).items()}
    names = map(function, plan.modules)
    return {name: found[name] for name in names if name in found}


_BASIC = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-ensure-other-scope-order-succeeds",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)

BASIC = Plan(
    title="Basic",
    name="oidcc-basic-certification-test-plan",
    source="OIDCCBasicTestPlan.java",
    commit="25a83b8bae1d8839199578e5897acd492680bbe2",
    file="test_basic.py",
    modules=_BASIC,
)
#: The suite makes it of the same list.
FORM_POST = Plan(
    title="Form Post",
    name="oidcc-formpost-basic-certification-test-plan",
    source="OIDCCFormPostBasicTestPlan.java",
    commit="a9f4ece82a0ea881eb25226e8ec12d25ea028a0a",
    file="test_form_post.py",
    modules=_BASIC,
)
CONFIG = Plan(
    title="Config",
    name="oidcc-config-certification-test-plan",
    source="OIDCCConfigTestPlan.java",
    commit="3f9fa8302bb82b616b9bce6592619c74414176cc",
    file="test_config.py",
    modules=("oidcc-discovery-endpoint-verification",),
)
DYNAMIC = Plan(
    title="Dynamic",
    name="oidcc-dynamic-certification-test-plan",
    source="OIDCCDynamicTestPlan.java",
    commit="3f9fa8302bb82b616b9bce6592619c74414176cc",
    file="test_dynamic.py",
    modules=(
        "oidcc-idtoken-rs256",
        "oidcc-idtoken-unsigned",
        "oidcc-userinfo-rs256",
        "oidcc-ensure-redirect-uri-in-authorization-request",
        "oidcc-redirect-uri-query-OK",
        "oidcc-redirect-uri-query-mismatch",
        "oidcc-redirect-uri-query-added",
        "oidcc-redirect-uri-regfrag",
        "oidcc-discovery-endpoint-verification",
        "oidcc-server",
        "oidcc-registration-logo-uri",
        "oidcc-registration-policy-uri",
        "oidcc-registration-tos-uri",
        "oidcc-registration-jwks-uri",
        "oidcc-registration-sector-uri",
        "oidcc-registration-sector-bad",
        "oidcc-server-rotate-keys",
        "oidcc-refresh-token-rp-key-rotation",
        "oidcc-request-uri-unsigned",
        "oidcc-request-uri-signed-rs256",
        "oidcc-ensure-request-object-with-redirect-uri",
        "oidcc-refresh-token",
        "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
    ),
)
RP_LOGOUT = Plan(
    title="RP-initiated logout",
    name="oidcc-rp-initiated-logout-certification-test-plan",
    source="OIDCCRpInitiatedLogoutTestPlan.java",
    commit="25b6a0c5e90c5048ebdeed5434f57cdbf2e6b7cc",
    file="test_rp_initiated_logout.py",
    modules=(
        "oidcc-rp-initiated-logout-discovery-endpoint-verification",
        "oidcc-rp-initiated-logout",
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-modified-id-token-hint",
        "oidcc-rp-initiated-logout-no-id-token-hint",
        "oidcc-rp-initiated-logout-no-params",
        "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-no-state",
        "oidcc-rp-initiated-logout-only-state",
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-bad-id-token-hint",
    ),
)
BACK_CHANNEL = Plan(
    title="Back-channel logout",
    name="oidcc-backchannel-rp-initiated-logout-certification-test-plan",
    source="OIDCCBackchannelRpInitiatedLogoutTestPlan.java",
    commit="25b6a0c5e90c5048ebdeed5434f57cdbf2e6b7cc",
    file="test_back_channel_logout.py",
    modules=(
        "oidcc-backchannel-logout-discovery-endpoint-verification",
        "oidcc-backchannel-rp-initiated-logout",
    ),
)
THIRD_PARTY = Plan(
    title="3rd-party-initiated login",
    name="oidcc-3rdparty-init-login-certification-test-plan",
    source="OIDCC3rdPartyInitLoginTestPlan.java",
    commit="68d4cef0002e0317d54dda7bd8b0ecef73cf4a4f",
    file="test_third_party_login.py",
    modules=(
        "oidcc-3rd_party-init-login",
        "oidcc-3rd_party-init-login-nohttps",
    ),
)
_FAPI2 = (
    "fapi2-security-profile-final-discovery-end-point-verification",
    "fapi2-security-profile-final-happy-flow",
    "fapi2-security-profile-final-user-rejects-authentication",
    "fapi2-security-profile-final-ensure-authorization-request-without-state-success",
    "fapi2-security-profile-final-ensure-authorization-request-without-nonce-success",
    "fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success",
    "fapi2-security-profile-final-ensure-other-scope-order-succeeds",
    "fapi2-security-profile-final-test-claims-parameter-identity-claims",
    "fapi2-security-profile-final-access-token-type-header-case-sensitivity",
    "fapi2-security-profile-final-check-dpop-proof-nbf-exp",
    "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds",
    "fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    "fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success",
    "fapi2-security-profile-final-ensure-dpop-auth-code-binding-success",
    "fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object",
    "fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object",
    "fapi2-security-profile-final-ensure-authorization-request-with-long-nonce",
    "fapi2-security-profile-final-ensure-authorization-request-with-long-state",
    "fapi2-security-profile-final-state-only-outside-request-object-not-used",
    "fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails",
    "fapi2-security-profile-final-ensure-registered-redirect-uri",
    "fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri",
    "fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails",
    "fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request",
    "fapi2-security-profile-final-ensure-response-type-code-idtoken-fails",
    "fapi2-security-profile-final-australia-connectid-ensure-invalid-purpose-fails",
    "fapi2-security-profile-final-ensure-response-type-token-fails",
    "fapi2-security-profile-final-ensure-client-id-in-token-endpoint",
    "fapi2-security-profile-final-ensure-holder-of-key-required",
    "fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client",
    "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code",
    "fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails",
    "fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint",
    "fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails",
    "fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails",
    "fapi2-security-profile-final-dpop-negative-tests",
    "fapi2-security-profile-final-refresh-token",
    "fapi2-security-profile-final-cdr-sharing-duration-zero",
    "fapi2-security-profile-final-cdr-negative-sharing-duration",
    "fapi2-security-profile-final-cdr-refresh-token-introspection-expiry",
    "fapi2-security-profile-final-cdr-arrangement-amendment",
    "fapi2-security-profile-final-cdr-unrecognised-arrangement-id",
    "fapi2-security-profile-final-brazil-ensure-bad-payment-signature-fails",
    "fapi2-security-profile-final-australia-connectid-test-claims-parameter-idtoken-identity-claims",
    "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "fapi2-security-profile-final-par-attempt-reuse-request_uri",
    "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
    "fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param",
    "fapi2-security-profile-final-par-attempt-invalid-http-method",
    "fapi2-security-profile-final-par-ensure-pkce-required",
    "fapi2-security-profile-final-ensure-pkce-code-verifier-required",
    "fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected",
    "fapi2-security-profile-final-par-plain-pkce-rejected",
    "fapi2-security-profile-final-par-without-duplicate-parameters",
    "fapi2-security-profile-final-par-test-array-as-audience-fails",
    "fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails",
    "fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails",
    "fapi2-security-profile-final-grant-management-happy-flow",
    "fapi2-security-profile-final-grant-management-merge",
    "fapi2-security-profile-final-grant-management-replace",
    "fapi2-security-profile-final-grant-management-ensure-invalid-grant-id-fails",
    "fapi2-security-profile-final-grant-management-ensure-query-nonexistent-grant-fails",
    "fapi2-security-profile-final-grant-management-ensure-query-after-revoke-fails",
    "fapi2-security-profile-final-grant-management-ensure-wrong-client-cannot-query-grant",
    "fapi2-security-profile-final-grant-management-ensure-wrong-client-cannot-revoke-grant",
)
#: Those of other profiles, of other variants, and one that is not for plain FAPI.
_NOT_PLAIN_FAPI2 = (
    "fapi2-security-profile-final-ensure-registered-redirect-uri",
    "fapi2-security-profile-final-australia-connectid-ensure-invalid-purpose-fails",
    "fapi2-security-profile-final-cdr-sharing-duration-zero",
    "fapi2-security-profile-final-cdr-negative-sharing-duration",
    "fapi2-security-profile-final-cdr-refresh-token-introspection-expiry",
    "fapi2-security-profile-final-cdr-arrangement-amendment",
    "fapi2-security-profile-final-cdr-unrecognised-arrangement-id",
    "fapi2-security-profile-final-brazil-ensure-bad-payment-signature-fails",
    "fapi2-security-profile-final-australia-connectid-test-claims-parameter-idtoken-identity-claims",
    "fapi2-security-profile-final-grant-management-happy-flow",
    "fapi2-security-profile-final-grant-management-merge",
    "fapi2-security-profile-final-grant-management-replace",
    "fapi2-security-profile-final-grant-management-ensure-invalid-grant-id-fails",
    "fapi2-security-profile-final-grant-management-ensure-query-nonexistent-grant-fails",
    "fapi2-security-profile-final-grant-management-ensure-query-after-revoke-fails",
    "fapi2-security-profile-final-grant-management-ensure-wrong-client-cannot-query-grant",
    "fapi2-security-profile-final-grant-management-ensure-wrong-client-cannot-revoke-grant",
)
FAPI2 = Plan(
    title="FAPI 2.0 Security Profile",
    name="fapi2-security-profile-final-test-plan",
    source="FAPI2SPFinalTestPlan.java",
    commit="0aa993045bc9002f667edc7b34d732e563ec5582",
    file="test_fapi2_security_profile.py",
    modules=_FAPI2,
    inapplicable=frozenset(_NOT_PLAIN_FAPI2),
)
PLANS = (
    BASIC,
    FORM_POST,
    CONFIG,
    DYNAMIC,
    RP_LOGOUT,
    BACK_CHANNEL,
    THIRD_PARTY,
    FAPI2,
)
