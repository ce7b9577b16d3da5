"""One scenario, measured: at full speed, with some air, and counted."""

from dataclasses import asdict, dataclass
from typing import Any

from bench import processors
from bench.generator import Run, drive, pace
from bench.processors import Busy
from bench.stores import Stores
from bench.table import ALONE, COUNTED, PACED, WARM_UP, Scenario

#: Of the highest rate, the rate at which latencies say how it feels.
AIR = 0.7


@dataclass(frozen=True, slots=True)
class Asked:
    """What one unit asks of the stores, on the average."""

    statements: float
    commands: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything about one scenario."""

    full: Run
    paced: Run
    busy: Busy
    busy_paced: Busy
    #: Under load, where units share statements; and alone.
    asked: Asked
    asked_alone: Asked
    resident_mib: float

    @property
    def errors(self) -> int:
        """In both passes."""
        return self.full.errors + self.paced.errors

    @property
    def processor_us(self) -> float:
        """Microseconds that the server worked for one unit, user and system."""
        return self.busy.server_seconds / len(self.full.latencies) * 1e6

    def told(self, bare: "Measured") -> dict[str, Any]:
        """As it stands in a result file."""
        paced_p50, paced_p99 = map(self.paced.percentile, (0.5, 0.99))
        shares = self.busy.processes
        return {
            "rate": round(self.full.rate, 1),
            "ratio": round(self.full.rate / bare.full.rate, 4),
            "processor_ratio": round(bare.processor_us / self.processor_us, 4),
            "p50_ms": round(self.full.percentile(0.5), 3),
            "p95_ms": round(self.full.percentile(0.95), 3),
            "p99_ms": round(self.full.percentile(0.99), 3),
            "at_70_percent": {
                "rate": round(self.paced.rate, 1),
                "p50_ms": round(paced_p50, 3),
                "p95_ms": round(self.paced.percentile(0.95), 3),
                "p99_ms": round(paced_p99, 3),
                "p99_to_p50": round(paced_p99 / paced_p50, 2),
                "processor_us": round(
                    self.busy_paced.server_seconds / len(self.paced.latencies) * 1e6, 1
                ),
                "others_share": round(self.busy_paced.others, 3),
            },
            "units": len(self.full.latencies),
            "errors": self.errors,
            "failure": self.full.told_failure or self.paced.told_failure,
            "processor_us": round(self.processor_us, 1),
            "asked": asdict(self.asked),
            "asked_alone": asdict(self.asked_alone),
            "resident_mib": round(self.resident_mib, 1),
            "shares": {name: round(share, 3) for name, share in shares.items()},
            "processors": {
                "server": round(self.busy.processors[processors.SERVER], 3),
                "generator": round(self.busy.processors[processors.GENERATOR], 3),
            },
            "others_share": round(self.busy.others, 3),
            "limit": self.busy.limit,
        }


async def measure(scenario: Scenario, stores: Stores) -> Measured:
    """Warm up, go as fast as it can, then with some air, then count."""
    port, unit, units = scenario.server.port, scenario.unit, scenario.units
    trees = {"server": (scenario.server.pid,), "stores": stores.processes}
    await drive(port, unit, units=int(units * WARM_UP))
    before = processors.read(trees)
    full = await drive(port, unit, units=units)
    after = processors.read(trees)
    before_paced = processors.read(trees)
    paced = await pace(port, unit, units=int(units * PACED), rate=AIR * full.rate)
    return Measured(
        full,
        paced,
        processors.between(before, after),
        processors.between(before_paced, processors.read(trees)),
        await _count(scenario, stores, COUNTED),
        await _count(scenario, stores, ALONE, connections=1),
        processors.resident_mib(scenario.server.pid),
    )


async def _count(
    scenario: Scenario, stores: Stores, units: int, connections: int = 32
) -> Asked:
    with stores.written_down():
        statements, commands = stores.statements(), stores.commands()
        await drive(
            scenario.server.port, scenario.unit, units=units, connections=connections
        )
        return Asked(
            round((stores.statements() - statements) / units, 2),
            round((stores.commands() - commands) / units, 2),
        )
