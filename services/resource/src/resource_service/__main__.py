"""
Run the resource service; settings come from the environment.

    python -m resource_service            serve
    python -m resource_service migrate    bring the schema `notes` up to date
"""

import signal
import sys
from types import FrameType

from sqlalchemy.exc import OperationalError

from resource_service.settings import Settings
from resource_service.storage.migrate import migrate
from valetkey import serving
from valetkey.settings import UnusableSettings


def main(arguments: list[str]) -> int:
    """Do what was asked; the exit status of the process."""
    if arguments not in ([], ["migrate"]):
        return _complain("usage: python -m resource_service [migrate]")
    try:
        settings = Settings.load()
    except UnusableSettings as error:
        return _complain(*error.problems)
    if not arguments:
        serve(settings)
        return 0
    try:
        migrate(settings.database_url.get_secret_value())
    except OperationalError:
        return _complain("DATABASE_URL: the database cannot be reached")
    return 0


def serve(settings: Settings) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those under way."""
    # uvicorn raises the signal again when it has finished; that is no failure.
    signal.signal(signal.SIGTERM, _leave)
    serving.serve(
        "resource_service.app:app_from_environment",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _complain(*lines: str) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
