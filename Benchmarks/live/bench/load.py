"""Calls through the HTTP front of a host, and when they were answered."""
import http.client
import json
import math
import random
import threading
import time
from dataclasses import dataclass, field

from .mesh import PLUGIN

# Longer than any limit of the host: what a caller sees is the host's decision.
PATIENCE = 90


@dataclass
class Call:
    kind: str  # unary or stream
    tokens: float
    due: float = 0.0  # Seconds since the load began, as the next two.
    first: float | None = None  # When the first token of a stream came.
    end: float = 0.0
    error: str | None = None
    detail: dict = field(default_factory=dict)

    @property
    def seconds(self):
        """From the moment when it was due."""
        return self.end - self.due


def perform(url, call, clock):
    """Makes the call and notes what came of it."""
    body = json.dumps({
        "model": PLUGIN, "stream": call.kind == "stream", "messages": [{"role": "user", "content": f"{call.tokens:g}"}]})
    connection = http.client.HTTPConnection(url, timeout=PATIENCE)
    try:
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            call.error = f"{response.status} {response.read(500).decode(errors='replace')}"
        elif call.kind == "stream":
            _read_stream(response, call, clock)
        else:
            json.loads(response.read())["choices"][0]["message"]["content"]
    except (OSError, http.client.HTTPException, ValueError, LookupError) as error:
        call.error = f"{type(error).__name__}: {error}"
    finally:
        call.end = clock()
        connection.close()


def _read_stream(response, call, clock):
    tokens = 0
    while True:
        line = response.readline()
        if not line:
            call.error = f"the stream ended after {tokens} tokens"
            return
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            if tokens != round(call.tokens):
                call.error = f"{tokens} tokens instead of {call.tokens:g}"
            return
        event = json.loads(data)
        if "error" in event:
            call.error = f"after {tokens} tokens: {event['error']}"
            return
        if any(choice.get("delta", {}).get("content") for choice in event.get("choices", [])):
            tokens += 1
            if call.first is None:
                call.first = clock()


def open_loop(url, calls, events=()):
    """Begins each call when it is due, whatever became of those before; at the times of `events` it does what they say.

    Returns when all calls have ended.
    """
    start = time.monotonic()

    def clock():
        return time.monotonic() - start

    def happen():
        for moment, action in events:
            time.sleep(max(0, moment - clock()))
            action(clock())

    happening = threading.Thread(target=happen, daemon=True)
    happening.start()
    threads = []
    for call in calls:
        time.sleep(max(0, call.due - clock()))
        thread = threading.Thread(target=perform, args=(url, call, clock), daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads + [happening]:
        thread.join()


def closed_loop(url, calls, in_flight, after=None):
    """The calls in their order, so many at once. `after`: a number of calls and what to do as soon as that many have ended.

    Returns the seconds from the first one's beginning to the last one's end.
    """
    start = time.monotonic()
    lock = threading.Lock()
    waiting = iter(calls)
    ended = 0

    def clock():
        return time.monotonic() - start

    def work():
        nonlocal ended
        while True:
            with lock:
                call = next(waiting, None)
            if call is None:
                return
            call.due = clock()
            perform(url, call, clock)
            with lock:
                ended += 1
                acts = after is not None and ended == after[0]
            if acts:
                after[1]()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(call.end for call in calls)


def arrivals(seed, per_second, seconds, tokens):
    """Calls at random times, unary and streams in turn, of a whole number of tokens from a range."""
    chance = random.Random(seed)
    calls, time_of = [], 0.0
    while True:
        time_of += chance.expovariate(per_second)
        if time_of >= seconds:
            return calls
        calls.append(Call(("unary", "stream")[len(calls) % 2], chance.randint(*tokens), due=time_of))


def jobs(seed, count, mean, sigma):
    """Unary calls whose tokens are log-normal."""
    chance = random.Random(seed)
    return [Call("unary", round(chance.lognormvariate(math.log(mean) - sigma**2 / 2, sigma), 3)) for _ in range(count)]


def percentile(values, percent):
    """The smallest value that at least so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else math.nan
