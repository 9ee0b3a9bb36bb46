"""What a test reports. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles

from .record import Record


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of messages, and times in seconds: from saying to the recipient's receiving, and to convergence."""

    sent: int
    accepted: int
    received: int
    lost: int
    double: int
    reconnects: int
    busy: int
    p50: float
    p99: float
    converged: float | None = None

    def as_row(self) -> dict[str, str]:
        written = {name: f"{value:.2f}" if isinstance(value, float) else value for name, value in asdict(self).items()}
        return {name: str(value) for name, value in written.items()}


def count(records: Sequence[Record]) -> Figures:
    said = {said.client_id: said for record in records for said in record.said.values()}
    accepted = [one for one in said.values() if one.accepted_at is not None]
    copies = Counter((record.user_id, entry.client_id) for record in records for entry in record.entries)
    received = [one for one in accepted if copies[one.to, one.client_id]]
    latencies = [
        entry.at - said[entry.client_id].at
        for record in records
        for entry in record.entries
        if entry.client_id in said and said[entry.client_id].to == record.user_id
    ]
    late = quantiles(latencies, n=100) if len(latencies) > 1 else [0.0] * 99
    return Figures(
        sent=len(said),
        accepted=len(accepted),
        received=len(received),
        lost=len(accepted) - len(received),
        double=sum(times > 1 for times in copies.values()),
        reconnects=sum(max(0, len(record.visits) - 1) for record in records),
        busy=sum(record.busy for record in records),
        p50=late[49],
        p99=late[98],
    )
