"""An MCP server with a tool for everything that a client must understand: mcp_server.py [PORT [MODE]]

By standard input and output; with a port by streamable HTTP, where 0 means any: it says its address once it listens. MODE: `resumable` keeps what it
says, and cuts the connection after the third event of the first answer; `forgetful` only cuts; `sse` speaks the transport of 2024; `oauth` wants a login.
"""

import asyncio
import base64
import os
import socket
import sys

import uvicorn
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.streamable_http import EventMessage, EventStore
from mcp.types import ToolAnnotations
from pydantic import BaseModel

server = MCPServer("fixture", version="1.2.3")
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
cancelled = 0


class Sum(BaseModel):
    total: int


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int) -> Sum:
    """Adds two numbers."""
    return Sum(total=a + b)


@server.tool(annotations=ToolAnnotations(destructive_hint=True, idempotent_hint=True))
def wipe() -> str:
    """Removes everything."""
    return "gone"


@server.tool()
def fail(reason: str) -> str:
    """Does not work."""
    raise ToolError(reason)


@server.tool()
def picture() -> Image:
    """One pixel."""
    return Image(data=PIXEL, format="png")


@server.tool()
async def slow(steps: int, ctx: Context) -> str:
    """Says how far it has come, every tenth of a second."""
    global cancelled
    try:
        for step in range(steps):
            await ctx.report_progress(step + 1, steps, f"step {step + 1}")
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        cancelled += 1
        raise
    return "done"


@server.tool()
def cancellations() -> str:
    """How many calls of slow were cancelled."""
    return str(cancelled)


@server.tool()
async def grow(ctx: Context) -> str:
    """From now on, there is one tool more."""
    server.add_tool(lambda: "fruit", name="harvest", description="New.")
    # The fixture is for clients of 2025, to whom every session is told.
    await ctx.session.send_tool_list_changed()
    return "grown"


@server.tool()
async def ask_client(ctx: Context) -> str:
    """Asks the client for what it does not offer."""
    try:
        await ctx.session.list_roots()
    except Exception as error:
        return f"refused: {error}"
    return "allowed"


@server.tool()
def variables() -> str:
    """The names of its environment variables, and what KEY is."""
    return " ".join(sorted(os.environ)) + f"; KEY={os.environ.get('KEY')}"


@server.tool()
def process() -> str:
    """Its process and its process group."""
    return f"{os.getpid()} {os.getpgrp()}"


@server.tool()
async def patient(ctx: Context) -> str:
    """Ends the stream of its answer, and answers later."""
    await ctx.report_progress(1, 2, "before")
    await ctx.close_sse_stream()
    await asyncio.sleep(0.5)
    await ctx.report_progress(2, 2, "after")
    return "patience"


@server.tool()
def die() -> str:
    """Ends the server in the middle of the call."""
    os._exit(3)


class Kept(EventStore):
    """What was said, for clients that come back."""

    def __init__(self) -> None:
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        stream_id = self.events[int(last_event_id) - 1][0]
        for number, (stream, message) in enumerate(self.events, 1):
            if stream == stream_id and number > int(last_event_id) and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream_id


def main() -> None:
    if len(sys.argv) < 2:
        return server.run()
    mode = sys.argv[2] if len(sys.argv) > 2 else ""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    path = "sse" if mode == "sse" else "mcp"
    print(f"listening url=http://127.0.0.1:{listener.getsockname()[1]}/{path}", flush=True)
    store = Kept() if mode in ("resumable", "forgetful") else None
    app = server.sse_app() if mode == "sse" else server.streamable_http_app(host="127.0.0.1", event_store=store, retry_interval=100 if store else None)
    key = os.environ.get("SERVER_KEY")
    cut = []

    async def guarded(scope, receive, send):
        headers = dict(scope.get("headers", []))
        if mode == "oauth" and scope["type"] == "http":
            login = b'Bearer resource_metadata="https://login.example.org/.well-known/oauth-protected-resource"'
            await send({"type": "http.response.start", "status": 401, "headers": [(b"www-authenticate", login)]})
            return await send({"type": "http.response.body", "body": b""})
        if scope["type"] == "http" and key and headers.get(b"authorization") != f"Bearer {key}".encode():
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"application/json")]})
            return await send({"type": "http.response.body", "body": b'{"error":"the key is wrong"}'})
        if mode == "forgetful" and b"last-event-id" in headers:
            await send({"type": "http.response.start", "status": 405, "headers": []})
            return await send({"type": "http.response.body", "body": b""})
        if mode not in ("resumable", "forgetful") or scope["type"] != "http" or scope["method"] != "POST" or cut:
            return await app(scope, receive, send)
        said = 0
        over = asyncio.Event()

        async def counting(message):
            nonlocal said
            said += b"progress" in message.get("body", b"")
            if said > 2:
                over.set()
            else:
                await send(message)

        answer = asyncio.create_task(app(scope, receive, counting))
        await asyncio.wait([answer, asyncio.create_task(over.wait())], return_when=asyncio.FIRST_COMPLETED)
        if over.is_set():
            cut.append(answer)
            raise ConnectionError("cut")

    asyncio.run(uvicorn.Server(uvicorn.Config(guarded, log_level="error")).serve(sockets=[listener]))


main()
