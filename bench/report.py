"""The table that is printed, and the one for docs/performance.md. Pure."""

from bench.figures import Sample, faults, middle, short

HEADERS = ("side", "per second", "CPU µs", "server", "Redis", "PostgreSQL", "p50 ms", "p99 ms", "lost or wrong")
FIELDS = ("rate", "cpu", "server", "redis", "postgres", "p50", "p99")
WORKS = {
    "w1": "W1: pairs, closed loop, per message",
    "w2": "W2: one room, closed loop, per delivery",
    "w4": "W4: pairs, open loop, per message",
}
Samples = dict[tuple[str, str], list[Sample]]  # by (work, side)


def rows(samples: Samples, work: str) -> list[tuple[str, ...]]:
    """One row per side: medians, with the least and the most of the runs."""
    found = []
    for (its_work, side), runs in samples.items():
        if its_work == work and runs:
            wrong = ", ".join(f"{count} {name}" for name, count in faults(runs).items())
            found.append((side, *(str(middle(runs, field)) for field in FIELDS), wrong or "0"))
    return found


def ratios(samples: Samples, work: str, ours: str = "ours") -> list[str]:
    """How many times less this project needs than each other side."""
    base = samples.get((work, ours))
    if not base:
        return []
    mine = middle(base, "cpu").value
    return [
        f"{work}: {side} needs {short(middle(runs, 'cpu').value / mine)} times the CPU of {ours}"
        for (its_work, side), runs in samples.items()
        if its_work == work and side != ours and runs and mine > 0
    ]


def text(samples: Samples) -> str:
    """For the terminal: columns of one width."""
    parts = []
    for work, title in WORKS.items():
        if table := rows(samples, work):
            lines = [HEADERS, *table]
            widths = [max(len(line[column]) for line in lines) for column in range(len(HEADERS))]
            parts.append(title)
            parts += ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                      for line in lines]  # fmt: skip
            parts += [*ratios(samples, work), ""]
    return "\n".join(parts)


def markdown(samples: Samples, conditions: str) -> str:
    """For docs/performance.md."""
    parts = [conditions, ""]
    for work, title in WORKS.items():
        if table := rows(samples, work):
            parts += [f"**{title}**", ""]
            parts += [_line(HEADERS), _line(("---",) * len(HEADERS)), *map(_line, table), ""]
            parts += [f"- {ratio}" for ratio in ratios(samples, work)] + [""]
    return "\n".join(parts).rstrip() + "\n"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
