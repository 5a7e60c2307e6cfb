"""The A2A project's own Python client against a Hector server, in the protocol's versions 1.0 and 0.3.

usage: a2a_client.py BASE_URL AGENT

AGENT is the server's default agent, over a model that repeats the last message. Exits non-zero when anything is not as A2A has it.
"""

import asyncio
import sys
import uuid
from importlib.metadata import version

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types.a2a_pb2 import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    SendMessageConfiguration,
    Message,
    Part,
    Role,
    SendMessageRequest,
    TaskState,
)
from a2a.utils.errors import A2AError, ContentTypeNotSupportedError, TaskNotCancelableError, TaskNotFoundError
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def message(text, context=""):
    return SendMessageRequest(
        message=Message(
            message_id=str(uuid.uuid4()), role=Role.ROLE_USER, context_id=context, parts=[Part(text=text)]
        )
    )


def answer(task):
    return "".join(part.text for artifact in task.artifacts for part in artifact.parts).strip()


async def expect(error, call, what):
    try:
        await call
    except error as failure:
        return failure
    raise AssertionError(f"{what}: no {error.__name__}")


async def plain(factory, card):
    client = factory(streaming=False).create(card)
    events = [event async for event in client.send_message(message("one two three"))]
    check(len(events) == 1 and events[0].HasField("task"), events)
    task = events[0].task
    check(task.status.state == TaskState.TASK_STATE_COMPLETED, task)
    check(answer(task) == "one two three", task)
    check(task.id and task.context_id and task.status.HasField("timestamp"), task)

    again = [event async for event in client.send_message(message("four", task.context_id))][0].task
    check(again.context_id == task.context_id and again.id != task.id, again)

    got = await client.get_task(GetTaskRequest(id=task.id))
    check(got.id == task.id and answer(got) == "one two three", got)
    check([part.text for part in got.history[0].parts] == ["one two three"], got)
    check(got.history[0].role == Role.ROLE_USER, got)
    await expect(TaskNotFoundError, client.get_task(GetTaskRequest(id="no-such-task")), "an unknown task")
    await expect(TaskNotCancelableError, client.cancel_task(CancelTaskRequest(id=task.id)), "an ended task")
    return client, task


async def streamed(factory, card):
    client = factory(streaming=True).create(card)
    events = [event async for event in client.send_message(message("one two three"))]
    first, *pieces, last = events
    check(first.task.status.state == TaskState.TASK_STATE_WORKING, first)
    check(all(piece.HasField("artifact_update") for piece in pieces), pieces)
    texts = [part.text for piece in pieces for part in piece.artifact_update.artifact.parts if part.text]
    # What is ready together comes together.
    check(texts and all(texts), f"no piece has text: {texts}")
    check("".join(texts).strip() == "one two three", texts)
    check([piece.artifact_update.append for piece in pieces] == [False] + [True] * (len(pieces) - 1), pieces)
    check([piece.artifact_update.last_chunk for piece in pieces] == [False] * (len(pieces) - 1) + [True], pieces)
    check(last.status_update.status.state == TaskState.TASK_STATE_COMPLETED, last)
    ids = {first.task.id, last.status_update.task_id} | {piece.artifact_update.task_id for piece in pieces}
    check(len(ids) == 1, ids)
    got = await client.get_task(GetTaskRequest(id=first.task.id))
    check(answer(got) == "one two three", got)


async def listed(client, task):
    page = await client.list_tasks(ListTasksRequest(context_id=task.context_id, page_size=1, include_artifacts=True))
    check(len(page.tasks) == 1 and page.total_size == 2 and page.next_page_token, page)
    page = await client.list_tasks(
        ListTasksRequest(context_id=task.context_id, page_size=1, page_token=page.next_page_token, include_artifacts=True)
    )
    check([entry.id for entry in page.tasks] == [task.id] and not page.next_page_token, page)
    check(answer(page.tasks[0]) == "one two three", page)


def data_message(value, modes):
    request = message("")
    del request.message.parts[:]
    request.message.parts.append(Part(data=ParseDict(value, Value())))
    request.configuration.CopyFrom(SendMessageConfiguration(accepted_output_modes=modes, history_length=1))
    return request


async def data(factory, card):
    """Data goes in and out where the client accepts JSON and no text; other modes are refused by name."""
    value = {"a": [1, {"b": "c"}]}
    for streaming in (False, True):
        client = factory(streaming).create(card)
        events = [event async for event in client.send_message(data_message(value, ["application/json"]))]
        if streaming:
            artifacts = [event.artifact_update.artifact for event in events if event.HasField("artifact_update")]
            check(len(artifacts) == 1, events)
            task = await client.get_task(GetTaskRequest(id=events[0].task.id, history_length=0))
            check(not task.history, task)
        else:
            task = events[0].task
            artifacts = task.artifacts
            check(len(task.history) == 1, task)
        for part in [*artifacts[0].parts, *task.artifacts[0].parts]:
            check(part.HasField("data") and MessageToDict(part.data) == value, part)
        events = [event async for event in client.send_message(data_message(value, ["application/json", "text/plain"]))]
        check(not any(part.HasField("data") for event in events for artifact in event.task.artifacts for part in artifact.parts), events)

        async def refused():
            return [event async for event in client.send_message(data_message(value, ["image/png"]))]

        failure = await expect(ContentTypeNotSupportedError, refused(), "image/png")
        check("image/png" in str(failure), failure)


async def main():
    base, agent = sys.argv[1].rstrip("/"), sys.argv[2]
    async with httpx.AsyncClient(timeout=30) as http:

        def factory(streaming):
            return ClientFactory(ClientConfig(streaming=streaming, httpx_client=http))

        card = await A2ACardResolver(http, base).get_agent_card()
        own = await A2ACardResolver(http, f"{base}/agents/{agent}").get_agent_card()
        check(card == own and card.capabilities.streaming and card.skills, card)
        check([entry.protocol_version for entry in card.supported_interfaces] == ["1.0", "0.3"], card)

        client, task = await plain(factory, card)
        await listed(client, task)
        await streamed(factory, card)
        await data(factory, card)

        del card.supported_interfaces[0]
        await plain(factory, card)
        await streamed(factory, card)
        await data(factory, card)

        http.headers["A2A-Version"] = "9.0"
        failure = await expect(A2AError, client.get_task(GetTaskRequest(id=task.id)), "version 9.0")
        check("9.0" in str(failure), failure)
    print(f"a2a-sdk {version('a2a-sdk')}: all exchanges with {agent} are as they should be")


if __name__ == "__main__":
    asyncio.run(main())
