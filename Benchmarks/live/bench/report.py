"""One row for each goal."""
import json
from dataclasses import asdict, dataclass, field


@dataclass
class Row:
    scenario: str
    what: str
    measured: float
    unit: str
    goal: str
    met: bool | None  # None: there is no goal, the figure stands for itself.
    reference: float | None = None
    ratio: float | None = None
    # What the rest of the machine took meanwhile: the figure is worth little where this is not near 0.
    other_cores: float | None = None
    notes: list = field(default_factory=list)


def at_most(scenario, what, measured, unit, reference, ratio, failed, notes=()):
    """A row whose goal is a ratio to the reference. Where a call failed, no figure is good."""
    actual = measured / reference
    return Row(
        scenario, f"{what}, {failed} failed" if failed else what, round(measured, 4), unit, f"≤ {ratio:.2f} ×",
        actual <= ratio and not failed, round(reference, 4), round(actual, 4), notes=list(notes))


def table(rows):
    lines = ["| scenario | measured | | reference | ratio | goal | met |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        reference = "–" if row.reference is None else _figure(row.reference, row.unit)
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f} ×"
        met = {True: "yes", False: "**no**", None: "reported"}[row.met]
        lines.append(
            f"| `{row.scenario}` | {row.what} | {_figure(row.measured, row.unit)} | {reference} | {ratio} | {row.goal} | {met} |")
    notes = [f"- `{row.scenario}`: {note}" for row in rows for note in row.notes]
    return "\n".join(lines + ([""] + notes if notes else []))


def _figure(value, unit):
    if unit == "ms":
        return f"{value:,.0f} ms"
    if unit == "s":
        return f"{value:.1f} s"
    return f"{value:g} {unit}".strip()


def as_json(rows, about):
    return json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=2, ensure_ascii=False) + "\n"
