"""Writes the page of clients from what each printed. Exits with 1 where a row failed.

usage: table.py FOLDER CLIENT...
"""

import datetime
import json
import pathlib
import subprocess
import sys

INTRODUCTION = """# Clients

What programs of other people do with Hector's HTTP front, unchanged, each in an environment of its own. `make prove` runs them all and
writes this page. Behind the front is a model that plays a part: it calls tools, answers by a schema and looks at images where it is asked to.
"""

LEGEND = """
*works*: done as the client expects it, and looked at. *refused by name*: an error in the form of the client's API says what is not
supported. *–*: the client, or its protocol, has no such thing. *tools* has a second turn with a tool's result; *cancel* leaves a stream
in its middle.
"""


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    outcomes = [json.loads((folder / f"{name}.json").read_text()) for name in names]
    rows = list(outcomes[0]["rows"])
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    changed = subprocess.run(["git", "status", "--porcelain", "Sources"], capture_output=True, text=True, check=True).stdout.strip()
    print(INTRODUCTION)
    print(f"Run on {datetime.date.today()} at commit {commit}{' with changes' if changed else ''}.\n")
    print(f"| client | {' | '.join(rows)} |")
    print(f"| --- |{' --- |' * len(rows)}")
    notes = []
    for outcome in outcomes:
        cells = []
        for row in rows:
            cell = outcome["rows"][row]
            if cell.startswith("the client has none"):
                cell = "–"
            elif cell.startswith("refused by name: "):
                notes.append(cell.removeprefix("refused by name: ").replace("|", "\\|"))
                cell = f"refused by name [{len(notes)}]"
            cells.append(cell.replace("|", "\\|").replace("\n", " "))
        print(f"| {outcome['version']} | {' | '.join(cells)} |")
    print(LEGEND, end="")
    for number, note in enumerate(notes, 1):
        print(f"\n[{number}] {note}")
    sys.exit(any(cell.startswith("FAILED") for outcome in outcomes for cell in outcome["rows"].values()))


if __name__ == "__main__":
    main()
