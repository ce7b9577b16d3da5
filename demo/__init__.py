"""
The whole system on one machine without Docker: `make demo`.

    settings         the ports, the folder and the servers, from the environment
    folder           what is remembered between two runs; one demo at a time in it
    binaries         where PostgreSQL and Valkey are on this machine
    unprivileged     PostgreSQL refuses to run as root: for root it runs as nobody
    servers          PostgreSQL and Valkey, started and ready
    processes        children that never outlive us
    parent           the make that started us
    people_and_apps  who may sign in, and the applications they sign in to
    prepare          migrations, people and applications, in one process
    services         auth, resource and client-demo, started and ready
    __main__         all of it, in order
"""
