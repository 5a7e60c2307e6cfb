"""LiteLLM's library, with the server as an OpenAI-compatible endpoint."""

import base64
import json
import sys
import time

import litellm

from rows import CITY, PNG, SCHEMA, check, run

BASE, MODEL = sys.argv[1], sys.argv[2]
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather of a city.", "parameters": CITY}}]


def ask(text, model=MODEL, **more):
    messages = more.pop("messages", [{"role": "user", "content": text}])
    return litellm.completion(model=f"openai/{model}", api_base=f"{BASE}/v1", api_key="none", messages=messages, max_retries=0, **more)


def plain():
    check(ask("one two three").choices[0].message.content == "one two three", "another text")


def stream():
    texts = [chunk.choices[0].delta.content or "" for chunk in ask("one two three", stream=True)]
    check("".join(texts) == "one two three" and len([text for text in texts if text]) > 1, texts)


def tools():
    first = ask("the weather", tools=TOOLS).choices[0].message
    call = first.tool_calls[0]
    check(json.loads(call.function.arguments) == {"city": "Paris"}, first)
    second = ask("", tools=TOOLS, messages=[
        {"role": "user", "content": "the weather"}, first.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
    check(second.choices[0].message.content == "The tool said: sunny", second)


def streamed_tools():
    whole = litellm.stream_chunk_builder(list(ask("the weather of both", tools=TOOLS, stream=True)))
    check([json.loads(call.function.arguments)["city"] for call in whole.choices[0].message.tool_calls] == ["Paris", "Rome"], whole)


def parallel_tools():
    calls = ask("the weather of both", tools=TOOLS).choices[0].message.tool_calls
    check([json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Rome"], calls)


def json_schema():
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}}
    check(json.loads(ask("a person", response_format=form).choices[0].message.content) == {"name": "Ada", "age": 36}, "no person")


def images():
    url = f"data:image/png;base64,{PNG}"
    answer = ask("", messages=[{"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": url}}]}])
    check(f"[image/png, {len(base64.b64decode(PNG))} bytes]" in answer.choices[0].message.content, answer)


def usage():
    check(ask("one two three").usage.completion_tokens == 3, "another count")
    chunks = list(ask("one two three", stream=True, stream_options={"include_usage": True}))
    check(chunks[-1].usage.completion_tokens == 3, chunks[-1])


def error_form():
    try:
        ask("a", model="nobody")
        check(False, "an unknown model answered")
    except litellm.NotFoundError as error:
        check("nobody" in str(error), error)


def cancel():
    began = time.monotonic()
    chunks = ask("slowly " + "word " * 100, stream=True)
    next(iter(chunks))
    chunks.completion_stream.close()
    check(time.monotonic() - began < 5, "closing waited for the answer")
    plain()


from importlib.metadata import version

run(
    f"litellm {version('litellm')}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools, parallel_tools=parallel_tools,
    json_schema=json_schema, images=images, usage=usage, error_form=error_form, cancel=cancel)
