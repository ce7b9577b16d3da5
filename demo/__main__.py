"""
`python -m demo`: PostgreSQL, Valkey and the three services, until Ctrl-C.

    --reset              forget everything that the demo remembers
    --until-ended PID    stop too when this process, our parent, ends or is interrupted
"""

import argparse
import contextlib
import errno
import signal
import socket
import sys
import time
from types import FrameType

from demo.binaries import NoServer
from demo.folder import DemoFolder, FolderBusy, open_folder
from demo.parent import Parent
from demo.people_and_apps import demo_file, people
from demo.processes import ProcessFailed, Supervisor
from demo.servers import start_postgres, start_valkey
from demo.services import Services
from demo.settings import DemoSettings, UnusableSetting

#: Seconds to end in good order, 5 in all: the services first, then the servers.
_SERVICES_END, _SERVERS_END = 2.5, 2.0


class PortTaken(Exception):
    """A port that a service must listen on is not free."""


class StopAsked(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM; like KeyboardInterrupt, no Exception."""


def main() -> int:
    """Do what was asked; the status of the process."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.split("\n")[1])
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--until-ended", type=int, metavar="PID")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)
    try:
        parent = None if options.until_ended is None else Parent(options.until_ended)
        if options.reset:
            _reset(DemoSettings.load())
        else:
            _run(DemoSettings.load(), parent)
    except (UnusableSetting, FolderBusy, PortTaken, NoServer, ProcessFailed) as error:
        print(f"demo: {error}", file=sys.stderr, flush=True)
        return 1
    except PermissionError as error:
        print(f"demo: {error.filename}: permission denied", file=sys.stderr)
        return 1
    except StopAsked:
        _say("Stopped.")
    return 0


def _run(settings: DemoSettings, parent: Parent | None) -> None:
    """Everything in order; it returns only by an exception."""
    began = time.monotonic()
    with (
        open_folder(settings.folder) as folder,
        Supervisor(patience=_SERVERS_END, inherit=folder.lock) as servers,
        Supervisor(patience=_SERVICES_END, inherit=folder.lock) as running,
    ):
        _require_free_ports(settings)
        database_url, redis_url = _servers(settings, folder, servers)
        services = Services.of(
            settings, folder, database_url=database_url, redis_url=redis_url
        )
        _say("Migrating the database, making people and applications")
        services.prepare(settings, folder)
        _say("Starting the services")
        services.start(running, folder)
        folder.write_private("demo.json", demo_file(settings, folder))
        _tell(settings, folder, seconds=time.monotonic() - began)
        while not (ended := running.ended() or servers.ended()):
            if parent and parent.was_interrupted():
                raise StopAsked
            time.sleep(0.2)
        raise ended.failure("ended by itself")


def _servers(
    settings: DemoSettings, folder: DemoFolder, supervisor: Supervisor
) -> tuple[str, str]:
    """The URLs of PostgreSQL and Redis: those that we are told, or ones we start."""
    valkey = postgres = None
    if settings.redis_url is None:
        _say("Starting Valkey")
        valkey = start_valkey(
            supervisor,
            folder.path,
            password=folder.secret("valkey"),
            log=folder.log("valkey"),
            durable=True,
        )
    if settings.database_url is None:
        _say("Starting PostgreSQL")
        postgres = start_postgres(
            supervisor,
            folder.path,
            password=folder.secret("postgres"),
            log=folder.log("postgres"),
            durable=True,
        )
    if valkey:
        valkey.ready()
    if postgres:
        postgres.ready()
    return (
        postgres.url if postgres else settings.database_url or "",
        valkey.url if valkey else settings.redis_url or "",
    )


def _require_free_ports(settings: DemoSettings) -> None:
    """
    See that the services can listen where they will.

    Raises:
        PortTaken: naming the first port that is not free, and its setting.

    """
    for name, port in settings.ports.items():
        # A browser may try either for `localhost`.
        for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
            try:
                socket.create_server((host, port), family=family).close()
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(
                        f"port {port} is taken; set {name} to another"
                    ) from None
                if family == socket.AF_INET:
                    raise PortTaken(f"{name}: {error.strerror}") from None


def _tell(settings: DemoSettings, folder: DemoFolder, *, seconds: float) -> None:
    passwords = "\n".join(
        f"    {person['username']:<8}{person['password']}" for person in people(folder)
    )
    _say(f"""
Valetkey is ready, after {seconds:.1f} s.

  Authorization server  {settings.issuer}
  The notes API         {settings.resource}/docs
  Client demo           {settings.client_demo}
  Everybody's mailbox   {settings.issuer}/dev/mail

  People and their passwords:
{passwords}

  Next: open {settings.client_demo} and press "Sign in with Valetkey".
  The same for programs: {folder.path / "demo.json"}; logs: {folder.path / "logs"}
  Ctrl-C stops everything. `make demo-reset` forgets everything.
""")


def _reset(settings: DemoSettings) -> None:
    """Forget, unless a demo runs."""
    if not settings.folder.exists():
        return _say("There is nothing to forget.")
    with open_folder(settings.folder) as folder:
        folder.forget()
    return _say(f"Forgotten: {settings.folder}")


def _stop_asked(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: what follows is the stopping, which nothing may disturb.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise StopAsked


def _say(text: str) -> None:
    # A reader who went away is no reason to stop.
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)


if __name__ == "__main__":
    # What is left in the buffer of a closed pipe would be complained of at the end.
    status = main()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.exit(status)
