"""Anthropic's client: messages."""

import base64
import sys
import time

import anthropic

from rows import CITY, PNG, SCHEMA, Refused, check, run

BASE, MODEL = sys.argv[1], sys.argv[2]
client = anthropic.Anthropic(base_url=BASE, api_key="none", max_retries=0)
TOOLS = [{"name": "weather", "description": "The weather of a city.", "input_schema": CITY}]


def ask(text, **more):
    messages = more.pop("messages", [{"role": "user", "content": text}])
    return client.messages.create(model=more.pop("model", MODEL), max_tokens=more.pop("max_tokens", 500), messages=messages, **more)


def plain():
    answer = ask("one two three")
    check(answer.content[0].text == "one two three" and answer.stop_reason == "end_turn", answer)


def stream():
    with client.messages.stream(model=MODEL, max_tokens=500, messages=[{"role": "user", "content": "one two three"}]) as events:
        texts = list(events.text_stream)
        check("".join(texts) == "one two three" and len(texts) > 1 and events.get_final_message().stop_reason == "end_turn", texts)


def tools():
    first = ask("the weather", tools=TOOLS)
    call = first.content[-1]
    check(first.stop_reason == "tool_use" and call.type == "tool_use" and call.input == {"city": "Paris"}, first)
    second = ask("", tools=TOOLS, messages=[
        {"role": "user", "content": "the weather"}, {"role": "assistant", "content": first.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}]}])
    check(second.content[0].text == "The tool said: sunny", second)


def streamed_tools():
    with client.messages.stream(
        model=MODEL, max_tokens=500, tools=TOOLS, messages=[{"role": "user", "content": "the weather of both"}]) as events:
        calls = [block for block in events.get_final_message().content if block.type == "tool_use"]
    check([call.input["city"] for call in calls] == ["Paris", "Rome"], calls)


def parallel_tools():
    calls = [block.input["city"] for block in ask("the weather of both", tools=TOOLS).content if block.type == "tool_use"]
    check(calls == ["Paris", "Rome"], calls)
    one = ask("the weather of both", tools=TOOLS, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    check(len([block for block in one.content if block.type == "tool_use"]) == 1, one)


def json_schema():
    try:
        answer = ask("a person", output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
    except anthropic.BadRequestError as error:
        raise Refused(error.body["error"]["message"]) from None
    check('"Ada"' in answer.content[0].text, answer)


def images():
    answer = ask("", messages=[{"role": "user", "content": [
        {"type": "text", "text": "see"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]}])
    check(f"[image/png, {len(base64.b64decode(PNG))} bytes]" in answer.content[0].text, answer)


def usage():
    check(ask("one two three").usage.output_tokens == 3, "another count")
    with client.messages.stream(model=MODEL, max_tokens=500, messages=[{"role": "user", "content": "one two three"}]) as events:
        check(events.get_final_message().usage.output_tokens == 3, "another count in the stream")


def error_form():
    try:
        ask("a", model="nobody")
        check(False, "an unknown model answered")
    except anthropic.NotFoundError as error:
        check(error.body["error"]["type"] == "not_found_error" and "nobody" in error.body["error"]["message"], error)


def cancel():
    began = time.monotonic()
    with client.messages.stream(model=MODEL, max_tokens=500, messages=[{"role": "user", "content": "slowly " + "word " * 100}]) as events:
        next(iter(events.text_stream))
    check(time.monotonic() - began < 5, "closing waited for the answer")
    plain()


run(
    f"anthropic {anthropic.__version__}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools,
    parallel_tools=parallel_tools, json_schema=json_schema, images=images, usage=usage, error_form=error_form, cancel=cancel)
