"""An MCP server with a tool for everything that a client must understand: mcp_server.py [PORT]

By standard input and output; with a port by streamable HTTP, where 0 means any: it says its address once it listens.
"""

import asyncio
import base64
import os
import socket
import sys

import uvicorn
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
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
def die() -> str:
    """Ends the server in the middle of the call."""
    os._exit(3)


def main() -> None:
    if len(sys.argv) < 2:
        return server.run()
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print(f"listening url=http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    app = server.streamable_http_app(host="127.0.0.1")
    key = os.environ.get("SERVER_KEY")

    async def guarded(scope, receive, send):
        if scope["type"] == "http" and key and (b"authorization", f"Bearer {key}".encode()) not in scope["headers"]:
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"application/json")]})
            return await send({"type": "http.response.body", "body": b'{"error":"the key is wrong"}'})
        await app(scope, receive, send)

    asyncio.run(uvicorn.Server(uvicorn.Config(guarded, log_level="error")).serve(sockets=[listener]))


main()
