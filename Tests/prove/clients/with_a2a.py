"""The A2A SDK's client, and a2a-lint --live."""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from importlib.metadata import version

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, SendMessageRequest

from rows import check, run

BASE = sys.argv[1]


async def ask(text, streaming, most=None):
    """The texts of an answer, and the events that brought them."""
    async with httpx.AsyncClient(timeout=30) as http:
        card = await A2ACardResolver(http, BASE).get_agent_card()
        client = ClientFactory(ClientConfig(httpx_client=http, streaming=streaming)).create(card)
        message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)])
        events = []
        async for event in client.send_message(SendMessageRequest(message=message)):
            events.append(event)
            if most and len(events) >= most:
                break
        return events


def plain():
    events = asyncio.run(ask("one two three", False))
    check("one two three" in str(events), events)
    linted = subprocess.run([os.path.join(os.path.dirname(sys.executable), "a2a-lint"), "--live", "--strict", BASE], capture_output=True, text=True)
    check(linted.returncode == 0, linted.stdout)


def stream():
    events = asyncio.run(ask("one two three", True))
    check(len(events) > 2 and "one " in str(events), events)


def error_form():
    answer = httpx.post(f"{BASE}/", json={"jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {"id": "nobody"}}, headers={"A2A-Version": "1.0"})
    check(answer.json()["error"]["code"] == -32001, answer.text)


def cancel():
    began = time.monotonic()
    asyncio.run(ask("slowly " + "word " * 100, True, most=2))
    check(time.monotonic() - began < 5, "leaving waited for the answer")
    events = asyncio.run(ask("one", False))
    check("one" in str(events), events)


run(f"a2a-sdk {version('a2a-sdk')}, a2a-lint {version('a2a-lint')}", plain=plain, stream=stream, error_form=error_form, cancel=cancel)
