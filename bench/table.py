# SPDX-License-Identifier: Apache-2.0
"""The result: rows of figures, printed as one table."""
import dataclasses

HEAD = ("figure", "measured", "baseline", "ratio / difference", "target", "met")


@dataclasses.dataclass
class Row:
    """One figure. `met` is None where no target is set: the row is stated beside."""
    figure: str
    measured: str
    baseline: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""

    def cells(self):
        met = {None: "", True: "yes", False: "NO"}[self.met]
        return (self.figure, self.measured, self.baseline, self.ratio, self.target, met)


def render(rows):
    """The table as text, and below it the notes."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = []
    for number, line in enumerate(lines):
        text.append(" | ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        if number == 0:
            text.append("-|-".join("-" * width for width in widths))
    notes = [f"{row.figure}: {row.note}" for row in rows if row.note]
    return "\n".join(text + ([""] + notes if notes else []))
