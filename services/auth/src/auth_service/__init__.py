"""
The authorization server, floor by floor; imports only point down.

    app.py        joins everything; the one file that names concrete stores
    web/          HTTP in, HTTP out: read, call one flow, render
    flows/        what happens, in order
    storage/      the ports on Redis and PostgreSQL
    crypto/       keys, signatures, passwords
    ports/        what the flows need from outside
    protocol/     what is allowed, and why: values and pure functions
"""
