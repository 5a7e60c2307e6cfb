"""Ollama's client: chat and embeddings."""

import base64
import json
import sys
import time
from importlib.metadata import version

import ollama

from rows import CITY, PNG, SCHEMA, check, run

BASE, MODEL = sys.argv[1], sys.argv[2]
client = ollama.Client(host=BASE)
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather of a city.", "parameters": CITY}}]


def ask(text, model=MODEL, **more):
    return client.chat(model=model, messages=more.pop("messages", [{"role": "user", "content": text}]), **more)


def plain():
    answer = ask("one two three")
    check(answer.message.content == "one two three" and answer.done and answer.done_reason == "stop", answer)


def stream():
    texts = [part.message.content for part in ask("one two three", stream=True)]
    check("".join(texts) == "one two three" and len([text for text in texts if text]) > 1, texts)


def tools():
    first = ask("the weather", tools=TOOLS).message
    check(first.tool_calls[0].function.arguments == {"city": "Paris"}, first)
    second = ask("", tools=TOOLS, messages=[
        {"role": "user", "content": "the weather"}, first, {"role": "tool", "content": "sunny", "tool_name": "weather"}])
    check(second.message.content == "The tool said: sunny", second)


def streamed_tools():
    calls = [call for part in ask("the weather of both", tools=TOOLS, stream=True) for call in part.message.tool_calls or []]
    check([call.function.arguments["city"] for call in calls] == ["Paris", "Rome"], calls)


def parallel_tools():
    calls = ask("the weather of both", tools=TOOLS).message.tool_calls
    check([call.function.arguments["city"] for call in calls] == ["Paris", "Rome"], calls)


def json_schema():
    check(json.loads(ask("a person", format=SCHEMA).message.content) == {"name": "Ada", "age": 36}, "no person")


def images():
    answer = ask("", messages=[{"role": "user", "content": "see", "images": [PNG]}])
    check(f"[image/png, {len(base64.b64decode(PNG))} bytes]" in answer.message.content, answer)


def embeddings():
    answer = client.embed(model="letters", input=["one two", "three"])
    check(len(answer.embeddings) == 2 and len(answer.embeddings[0]) == len(answer.embeddings[1]) > 0, answer)
    check(list(client.embeddings(model="letters", prompt="three").embedding) == list(answer.embeddings[1]), "another vector")


def usage():
    check(ask("one two three").eval_count == 3, "another count")
    check(list(ask("one two three", stream=True))[-1].eval_count == 3, "another count in the stream")


def error_form():
    try:
        ask("a", model="nobody")
        check(False, "an unknown model answered")
    except ollama.ResponseError as error:
        check(error.status_code == 404 and "nobody" in error.error, error)


def cancel():
    began = time.monotonic()
    parts = ask("slowly " + "word " * 100, stream=True)
    next(parts)
    parts.close()
    check(time.monotonic() - began < 5, "closing waited for the answer")
    plain()


run(
    f"ollama {version('ollama')}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools,
    parallel_tools=parallel_tools, json_schema=json_schema, images=images, embeddings=embeddings, usage=usage, error_form=error_form, cancel=cancel)
