"""
The resource service: notes that people keep, behind Valetkey's access tokens.

    __main__    serve, or migrate
    app         where everything is joined
    settings    what the environment says
    notes       values and rules: a note, a page of notes, where the next one begins
    storage/    PostgreSQL: tables, migrations, the notes in them
    web/        HTTP in, HTTP out: the API, its refusals, its documentation page
"""
