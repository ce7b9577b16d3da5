"""The client's side of OAuth 2 and OpenID Connect: values and pure functions."""
