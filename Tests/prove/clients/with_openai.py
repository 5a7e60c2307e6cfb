"""OpenAI's client: chat completions."""

import base64
import json
import sys
import time

import openai

from rows import CITY, PNG, SCHEMA, check, run

BASE, MODEL = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=f"{BASE}/v1", api_key="none", max_retries=0)
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather of a city.", "parameters": CITY}}]


def ask(text, **more):
    messages = more.pop("messages", [{"role": "user", "content": text}])
    return client.chat.completions.create(model=MODEL, messages=messages, **more)


def plain():
    answer = ask("one two three")
    check(answer.choices[0].message.content == "one two three" and answer.choices[0].finish_reason == "stop", answer)


def stream():
    texts = [chunk.choices[0].delta.content for chunk in ask("one two three", stream=True) if chunk.choices and chunk.choices[0].delta.content]
    check("".join(texts) == "one two three" and len(texts) > 1, texts)


def tools():
    first = ask("the weather", tools=TOOLS).choices[0]
    call = first.message.tool_calls[0]
    check(first.finish_reason == "tool_calls" and json.loads(call.function.arguments) == {"city": "Paris"}, first)
    second = ask("", tools=TOOLS, messages=[
        {"role": "user", "content": "the weather"}, first.message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
    check(second.choices[0].message.content == "The tool said: sunny", second)


def streamed_tools():
    calls = {}
    for chunk in ask("the weather of both", tools=TOOLS, stream=True):
        for piece in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
            calls[piece.index] = calls.get(piece.index, "") + (piece.function.arguments or "")
    check([json.loads(calls[index])["city"] for index in sorted(calls)] == ["Paris", "Rome"], calls)


def parallel_tools():
    calls = ask("the weather of both", tools=TOOLS).choices[0].message.tool_calls
    check([json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Rome"], calls)
    check(len(ask("the weather of both", tools=TOOLS, parallel_tool_calls=False).choices[0].message.tool_calls) == 1, "not one call")


def json_schema():
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}}
    check(json.loads(ask("a person", response_format=form).choices[0].message.content) == {"name": "Ada", "age": 36}, "no person")


def images():
    url = f"data:image/png;base64,{PNG}"
    answer = ask("", messages=[{"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": url}}]}])
    check(f"[image/png, {len(base64.b64decode(PNG))} bytes]" in answer.choices[0].message.content, answer)


def usage():
    answer = ask("one two three").usage
    chunks = list(ask("one two three", stream=True, stream_options={"include_usage": True}))
    check(answer.completion_tokens == 3 and chunks[-1].usage == answer, (answer, chunks[-1]))


def error_form():
    try:
        client.chat.completions.create(model="nobody", messages=[{"role": "user", "content": "a"}])
        check(False, "an unknown model answered")
    except openai.NotFoundError as error:
        check(error.code == "model_not_found", error)


def cancel():
    began = time.monotonic()
    with ask("slowly " + "word " * 100, stream=True) as chunks:
        next(iter(chunks))
    check(time.monotonic() - began < 5, "closing waited for the answer")
    plain()


run(
    f"openai {openai.__version__}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools, parallel_tools=parallel_tools,
    json_schema=json_schema, images=images, usage=usage, error_form=error_form, cancel=cancel)
