"""Pydantic AI's agents over OpenAI's chat completions."""

import asyncio
import base64
import sys
import time
from importlib.metadata import version

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from rows import PNG, check, run

BASE, MODEL = sys.argv[1], sys.argv[2]


def model(name=MODEL):
    return OpenAIChatModel(name, provider=OpenAIProvider(base_url=f"{BASE}/v1", api_key="none"))


class Person(BaseModel):
    name: str
    age: int


def with_weather(**more):
    agent, asked = Agent(model(), **more), []

    @agent.tool_plain
    def weather(city: str) -> str:
        """The weather of a city."""
        asked.append(city)
        return "sunny"

    return agent, asked


async def streamed(agent, text):
    pieces = []
    async with agent.run_stream(text) as result:
        async for piece in result.stream_text(delta=True, debounce_by=None):
            pieces.append(piece)
        return pieces, result.usage


def plain():
    check(Agent(model()).run_sync("one two three").output == "one two three", "another text")


def stream():
    pieces, _ = asyncio.run(streamed(Agent(model()), "one two three"))
    check("".join(pieces) == "one two three" and len(pieces) > 1, pieces)


def tools():
    agent, asked = with_weather()
    check(agent.run_sync("the weather").output == "The tool said: sunny" and asked == ["Paris"], asked)


def streamed_tools():
    agent, asked = with_weather()
    pieces, _ = asyncio.run(streamed(agent, "the weather of both"))
    check("".join(pieces) == "The tool said: sunny; sunny" and sorted(asked) == ["Paris", "Rome"], (pieces, asked))


def parallel_tools():
    agent, asked = with_weather()
    agent.run_sync("the weather of both")
    check(sorted(asked) == ["Paris", "Rome"], asked)


def json_schema():
    agent = Agent(model(), output_type=NativeOutput(Person))
    check(agent.run_sync("a person").output == Person(name="Ada", age=36), "no person")


def images():
    answer = Agent(model()).run_sync(["see", BinaryContent(base64.b64decode(PNG), media_type="image/png")]).output
    check(f"[image/png, {len(base64.b64decode(PNG))} bytes]" in answer, answer)


def tokens(usage):
    return (usage() if callable(usage) else usage).output_tokens


def usage():
    check(tokens(Agent(model()).run_sync("one two three").usage) == 3, "another count")
    _, streamed_usage = asyncio.run(streamed(Agent(model()), "one two three"))
    check(tokens(streamed_usage) == 3, streamed_usage)


def error_form():
    try:
        Agent(model("nobody")).run_sync("a")
        check(False, "an unknown model answered")
    except ModelHTTPError as error:
        check(error.status_code == 404 and "nobody" in str(error.body), error)


def cancel():
    async def leave():
        async with Agent(model()).run_stream("slowly " + "word " * 100) as result:
            async for _ in result.stream_text(delta=True, debounce_by=None):
                break

    began = time.monotonic()
    asyncio.run(leave())
    check(time.monotonic() - began < 5, "closing waited for the answer")
    plain()


run(
    f"pydantic-ai {version('pydantic-ai-slim')}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools,
    parallel_tools=parallel_tools, json_schema=json_schema, images=images, usage=usage, error_form=error_form, cancel=cancel)
