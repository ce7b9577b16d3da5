"""`python -m client_demo`: serve, with settings from the environment."""

import os
import signal
import sys

from client_demo.app import build_app
from client_demo.settings import Settings
from valetkey.logs import configure_logs
from valetkey.serving import serve
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
    serve(
        "client_demo.__main__:application",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
