"""What a client is asked to do, and the table line that comes of it."""

import json
import sys
import traceback

ROWS = ["plain", "stream", "tools", "streamed tools", "parallel tools", "JSON schema", "images", "embeddings", "usage", "error form", "cancel"]

# One red pixel.
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


class Refused(Exception):
    """The server refuses it and says what."""


class Missing(Exception):
    """The client itself has no such thing."""


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(version, **rows):
    """Does each row (`JSON schema` is `json_schema`), and prints what came of it. A row that is absent is one that the client has not."""
    outcome = {"version": version, "rows": {}}
    for name in ROWS:
        row = rows.get(name.lower().replace(" ", "_"))
        try:
            if row is None:
                raise Missing()
            row()
            outcome["rows"][name] = "works"
        except Missing as missing:
            outcome["rows"][name] = f"the client has none{f': {missing}' if str(missing) else ''}"
        except Refused as refusal:
            outcome["rows"][name] = f"refused by name: {refusal}"
        except Exception as error:
            traceback.print_exc()
            outcome["rows"][name] = f"FAILED: {type(error).__name__}: {error}"
    json.dump(outcome, sys.stdout)
