"""`python -m client_demo`: serve, with settings from the environment."""

import os
import signal
import sys

import uvicorn

from client_demo.app import build_app
from client_demo.settings import Settings
from valetkey.logs import configure_logs
from valetkey.settings import UnusableSettings


def application() -> object:
    """What each worker process serves."""
    settings = Settings.load()
    configure_logs(settings.log_level)
    return build_app(settings)


def main() -> int:
    """Serve until told to stop; 2 where the settings do not allow it."""
    # uvicorn raises the signal again when it has finished; that is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(os.EX_OK))
    try:
        settings = Settings.load()
    except UnusableSettings as unusable:
        for problem in unusable.problems:
            print(problem, file=sys.stderr)  # noqa: T201 - before there are logs
        return 2
    uvicorn.run(
        "client_demo.__main__:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        limit_concurrency=200,
    )
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
