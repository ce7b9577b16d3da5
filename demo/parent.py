"""
The `make` that started us: we end when it does, and when it is interrupted.

Ctrl-C reaches both of us. But make passes a SIGINT that was sent to it alone on to
nobody: it waits for us, with SIGINT blocked, and that much Linux lets us see.
"""

import signal
from pathlib import Path

from demo.processes import die_with


class Parent:
    """
    The process that started us.

    Args:
        process_id: its own; when it ends, we are sent SIGTERM.

    """

    def __init__(self, process_id: int) -> None:
        self._status = Path(f"/proc/{process_id}/status")
        self._watched = not self._blocks_interrupts()
        die_with(process_id, signal.SIGTERM)

    def was_interrupted(self) -> bool:
        """Whether it got a SIGINT and now waits for us to end; Linux only."""
        return self._watched and self._blocks_interrupts()

    def _blocks_interrupts(self) -> bool:
        try:
            lines = self._status.read_text().splitlines()
        except OSError:
            return False
        blocked = next(line for line in lines if line.startswith("SigBlk:"))
        return bool(int(blocked.split()[1], 16) >> (signal.SIGINT - 1) & 1)
