"""
A web application that signs its users in with an OpenID provider.

    oauth/        pure: what a client must send, and what it must refuse
    wire.py       messages as they are shown, every secret masked
    outbound.py   HTTP requests with limits, each one written down
    dpop.py       the same, with proofs that we have the key of the tokens
    discovery.py  what the OpenID provider says about itself
    provider.py   what we ask of it: tokens, userinfo, revocation
    grants.py     tokens for a service, for a device, and narrower ones
    notes.py      the notes API, called with the access token
    attempts.py   sign-ins on their way, in Redis
    session.py    somebody who is signed in
    sessions.py   sessions, in Redis
    sign_in.py    begin and finish a sign-in
    renewal.py    a fresh access token, renewed once however many ask
    menu.py       the flows that can be shown, and which the provider offers
    runs.py       flows that were tried, in Redis
    web/          HTTP in, HTTP out
    app.py        the one place where everything is joined
"""
