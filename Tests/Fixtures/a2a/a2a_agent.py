"""An agent of the A2A project's own server, which does everything that a client must bear.

usage: a2a_agent.py [--v03] [--plain] [--key KEY]

--v03: its card offers A2A 0.3 only; --plain: no streams. It answers with what it heard; a first word says otherwise: `endless` (an
answer without an end), `quiet` (progress without an end), `input` (it needs more), `fail`, `data` (one part of data), `slowly`.
"""

import argparse
import asyncio
import json
import socket

import uvicorn
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandlerV2
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.tasks.inmemory_task_store import InMemoryTaskStore
from a2a.server.tasks.task_updater import TaskUpdater
from a2a.types.a2a_pb2 import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Part, Task, TaskState, TaskStatus
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value
from starlette.applications import Starlette

TURN = "urn:hector:a2a:turn:1"


class Agent(AgentExecutor):
    async def execute(self, context, queue):
        text = context.get_user_input()
        print(f"heard {json.dumps(text)} {json.dumps(MessageToDict(context.message.metadata).get(TURN))}", flush=True)
        await queue.enqueue_event(
            Task(id=context.task_id, context_id=context.context_id, status=TaskStatus(state=TaskState.TASK_STATE_SUBMITTED), history=[context.message])
        )
        task = TaskUpdater(queue, context.task_id, context.context_id)
        await task.start_work()
        word = text.split()[0] if text else ""
        if word == "input":
            return await task.requires_input(task.new_agent_message([Part(text="Which city?")]))
        if word == "fail":
            return await task.failed(task.new_agent_message([Part(text="The oven is broken.")]))
        if word == "quiet":
            while True:
                await asyncio.sleep(0.05)
                await task.start_work(task.new_agent_message([Part(text="still at it")]))
        if word == "endless":
            first = True
            while True:
                await task.add_artifact([Part(text="more and more " * 1000)], artifact_id="a", append=not first)
                first = False
                await asyncio.sleep(0)
        if word == "data":
            await task.add_artifact([Part(data=ParseDict({"city": "Rome"}, Value()))], artifact_id="a")
            return await task.complete()
        for index, piece in enumerate(["heard: ", text]):
            if word == "slowly":
                await asyncio.sleep(0.5)
            await task.add_artifact([Part(text=piece)], artifact_id="a", append=index > 0)
        await task.complete()

    async def cancel(self, context, queue):
        print("cancelled", flush=True)
        await TaskUpdater(queue, context.task_id, context.context_id).cancel()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--v03", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--key")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # Another host than the one it is reached by, as behind a proxy.
    interface = AgentInterface(url="http://inside.example:1/rpc", protocol_binding="JSONRPC", protocol_version="0.3" if options.v03 else "1.0")
    card = AgentCard(
        name="Stock agent", description="Repeats what it hears.", version="1.0.0", supported_interfaces=[interface],
        capabilities=AgentCapabilities(streaming=not options.plain), default_input_modes=["text/plain"], default_output_modes=["text/plain"],
        skills=[AgentSkill(id="echo", name="Echo", description="Says it again.", tags=["echo"])],
    )
    handler = DefaultRequestHandlerV2(agent_executor=Agent(), task_store=InMemoryTaskStore(), agent_card=card)
    app = Starlette(routes=create_agent_card_routes(card) + create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=options.v03))

    async def guarded(scope, receive, send):
        wanted = (b"authorization", f"Bearer {options.key}".encode())
        if scope["type"] == "http" and scope["method"] == "POST" and options.key and wanted not in scope["headers"]:
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"application/json")]})
            return await send({"type": "http.response.body", "body": b'{"error":"the key is wrong"}'})
        await app(scope, receive, send)

    print(f"listening url={url}", flush=True)
    asyncio.run(uvicorn.Server(uvicorn.Config(guarded, log_level="error")).serve(sockets=[listener]))


main()
