"""Anthropic's own Python client against a Hector server.

usage: anthropic_client.py BASE_URL MODEL

MODEL is an agent or plugin that repeats the last message; the model `caller` calls every tool that it is offered, and tells of images.
Exits non-zero when anything is not as Anthropic's API has it.
"""

import base64
import json
import sys

import anthropic

TOOLS = [
    {"name": name, "description": "Looks it up.", "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}}}
    for name in ("look", "listen")
]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def question(text="one two three", **more):
    return {"max_tokens": 100, "messages": [{"role": "user", "content": text}]} | more


def plain(client, model):
    answer = client.messages.create(model=model, system="Be brief.", extra_body={"temperature": 0.5}, **question())
    check(answer.type == "message" and answer.role == "assistant" and answer.model == model and answer.id.startswith("msg_"), answer)
    check([block.type for block in answer.content] == ["text"] and answer.content[0].text.strip() == "one two three", answer)
    check(answer.stop_reason == "end_turn" and answer.stop_sequence is None, answer)
    check(answer.usage.output_tokens == 3 and answer.usage.input_tokens == 0, answer)
    blocks = [{"type": "text", "text": "one "}, {"type": "text", "text": "two", "cache_control": {"type": "ephemeral"}}]
    answer = client.messages.create(model=model, **question(blocks, system=[{"type": "text", "text": "Be brief."}]))
    check(answer.content[0].text.strip() == "one two", answer)


def streamed(client, model):
    with client.messages.stream(model=model, **question()) as stream:
        texts = list(stream.text_stream)
        answer = stream.get_final_message()
    check(len(texts) >= 3 and "".join(texts).strip() == "one two three", texts)
    check(answer.stop_reason == "end_turn" and answer.usage.output_tokens == 3, answer)
    kinds = [event.type for event in client.messages.create(model=model, stream=True, **question("one"))]
    check(kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"], kinds)
    check([kind for kind in kinds if "block" in kind] == ["content_block_start", "content_block_delta", "content_block_stop"], kinds)


def ends(client, model):
    for more, text, reason, sequence in [
        ({"stop_sequences": ["e t", "six"]}, "on", "stop_sequence", "e t"),
        ({"max_tokens": 2}, "one two", "max_tokens", None),
    ]:
        whole = client.messages.create(model=model, **question(**more))
        with client.messages.stream(model=model, **question(**more)) as stream:
            pieces = stream.get_final_message()
        for answer in (whole, pieces):
            check(answer.content[0].text.strip() == text, answer)
            check((answer.stop_reason, answer.stop_sequence) == (reason, sequence), answer)


def tools(client):
    for choice, names in [
        ({"type": "auto"}, ["look", "listen"]),
        ({"type": "any"}, ["look", "listen"]),
        ({"type": "tool", "name": "listen"}, ["listen"]),
        ({"type": "auto", "disable_parallel_tool_use": True}, ["look"]),
        ({"type": "none"}, []),
    ]:
        whole = client.messages.create(model="caller", tools=TOOLS, tool_choice=choice, **question())
        with client.messages.stream(model="caller", tools=TOOLS, tool_choice=choice, **question()) as stream:
            pieces = stream.get_final_message()
        for answer in (whole, pieces):
            calls = [block for block in answer.content if block.type == "tool_use"]
            check([call.name for call in calls] == names, answer)
            check(all(call.input == {"text": "one two three"} and call.id for call in calls), answer)
            check(answer.stop_reason == ("tool_use" if names else "end_turn"), answer)
    first = client.messages.create(model="caller", tools=TOOLS, **question())
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "found"} for block in first.content if block.type == "tool_use"]
    messages = [{"role": "user", "content": "one"}, {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    answer = client.messages.create(model="caller", max_tokens=100, messages=messages, tools=TOOLS)
    check(answer.content[0].text == "found" and answer.stop_reason == "end_turn", answer)


def images(client, model):
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(b"12345").decode()}
    blocks = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
    answer = client.messages.create(model="caller", **question(blocks))
    check(answer.content[0].text == "image/png 5", answer)
    for content, wanted in [
        (blocks, "images"),
        ([{"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}], "base64"),
    ]:
        try:
            client.messages.create(model=model, **question(content))
            raise AssertionError(f"{content} was taken")
        except anthropic.BadRequestError as error:
            check(wanted in error.body["error"]["message"], error)


def formats(client, model):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
    config = {"format": {"type": "json_schema", "schema": schema}}
    answer = client.messages.create(model=model, output_config=config, **question('{"a": 1}'))
    check(json.loads(answer.content[0].text) == {"a": 1}, answer)
    try:
        client.messages.create(model=model, output_config=config, **question("one"))
        raise AssertionError("one is no object")
    except anthropic.APIStatusError as error:
        check(error.status_code == 502 and error.body["error"]["type"] == "api_error", error)


def errors(client, model):
    for more, kind, name in [
        ({"model": "no-such-model"}, anthropic.NotFoundError, "not_found_error"),
        ({"messages": [{"role": "clown", "content": "a"}]}, anthropic.BadRequestError, "invalid_request_error"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, anthropic.BadRequestError, "invalid_request_error"),
    ]:
        for stream in (False, True):
            try:
                client.messages.create(**({"model": model, "stream": stream} | question() | more))
                raise AssertionError(f"{more} was taken")
            except kind as error:
                check(error.body["type"] == "error" and error.body["error"]["type"] == name, error.body)
    counted = {"model": model, "messages": [{"role": "user", "content": "one two three"}]}
    check(client.messages.count_tokens(**counted).input_tokens >= 3, "three words, and an agent's prompt")
    named = client.messages.with_raw_response.create(model=model, extra_body={"top_k": 3, "thinking": {"type": "enabled", "budget_tokens": 1024}}, **question())
    check(named.headers["x-hector-ignored"] == "thinking, top_k", named.headers)


def cancelled(client, model):
    """A stream that the client leaves."""
    with client.messages.create(model=model, stream=True, **question("word " * 2000, max_tokens=4000)) as stream:
        next(iter(stream))
    plain(client, model)


def main():
    base, model = sys.argv[1].rstrip("/"), sys.argv[2]
    with anthropic.Anthropic(base_url=base, api_key="none", max_retries=0) as client:
        models = [entry.id for entry in client.models.list()]
        check(model in models and "lengths" not in models, models)
        check(client.models.retrieve(model).id == model, model)
        plain(client, model)
        streamed(client, model)
        ends(client, model)
        tools(client)
        images(client, model)
        formats(client, model)
        errors(client, model)
        cancelled(client, model)
    print(f"anthropic {anthropic.__version__}: all exchanges with {model} are as they should be")


if __name__ == "__main__":
    main()
