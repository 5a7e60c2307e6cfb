"""OpenAI's own Python client and the responses API of a Hector server.

usage: responses_client.py BASE_URL MODEL

MODEL is an agent or plugin that repeats the last message, and calls a tool named in it as `call NAME ARGUMENTS`. Exits non-zero when
anything is not as OpenAI's API has it.
"""

import json
import sys

import openai
from pydantic import BaseModel

TOOL = {
    "type": "function",
    "name": "weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def plain(client, model):
    answer = client.responses.create(
        model=model, input="one two three", instructions="Repeat.", temperature=0.5, metadata={"who": "me"}, max_output_tokens=100
    )
    check(answer.object == "response" and answer.status == "completed" and answer.error is None, answer)
    check(answer.output_text.strip() == "one two three", answer)
    check(answer.output[0].type == "message" and answer.output[0].role == "assistant" and answer.output[0].id.startswith("msg_"), answer)
    check(answer.model == model and answer.metadata == {"who": "me"} and answer.temperature == 0.5, answer)
    check(answer.instructions == "Repeat." and answer.max_output_tokens == 100 and answer.tools == [], answer)
    check(answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens, answer.usage)
    check(answer.usage.output_tokens_details.reasoning_tokens == 0, answer.usage)
    return answer


def items(client, model):
    image = "data:image/png;base64,iVBORw0KGgo="
    answer = client.responses.create(
        model=model,
        input=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": "zero"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "zero", "annotations": []}]},
            {"role": "user", "content": [{"type": "input_text", "text": "one "}, {"type": "input_text", "text": "two"}]},
        ],
    )
    check(answer.output_text.strip() == "one two", answer)
    try:
        client.responses.create(
            model=model, input=[{"role": "user", "content": [{"type": "input_image", "image_url": image, "detail": "auto"}]}]
        )
        raise AssertionError("an image was taken by a model that takes none")
    except openai.BadRequestError as error:
        check(error.code == "unsupported_parameter", error)


def stored(client, model, answer):
    got = client.responses.retrieve(answer.id)
    check(got == answer, got)
    listed = list(client.responses.input_items.list(answer.id))
    check([item.content[0].text for item in listed] == ["one two three"] and listed[0].role == "user", listed)
    more = client.responses.create(model=model, input="four", previous_response_id=answer.id)
    check(more.output_text.strip() == "four" and more.previous_response_id == answer.id, more)
    check(more.instructions is None, more)
    again = client.responses.create(
        model=model,
        previous_response_id=more.id,
        input=[{"type": "item_reference", "id": answer.output[0].id}, {"role": "user", "content": "five"}],
    )
    check(again.output_text.strip() == "five", again)
    listed = list(client.responses.input_items.list(again.id, order="asc", limit=1))
    check(len(listed) == 2 and listed[0].type == "item_reference", listed)
    client.responses.delete(more.id)
    transient = client.responses.create(model=model, input="six", store=False)
    check(transient.output_text.strip() == "six", transient)
    for unknown in (more.id, transient.id, "resp_nobody"):
        for call in (
            lambda: client.responses.retrieve(unknown),
            lambda: client.responses.delete(unknown),
            lambda: client.responses.input_items.list(unknown),
            lambda: client.responses.create(model=model, input="a", previous_response_id=unknown),
        ):
            try:
                call()
                raise AssertionError(f"{unknown} was found")
            except openai.NotFoundError as error:
                check(error.code == "not_found", error)
    # What went on from a deleted response stands alone.
    check(client.responses.retrieve(again.id).id == again.id, again)


def streamed(client, model):
    events = list(client.responses.create(model=model, input="one two three", stream=True))
    types = [event.type for event in events]
    deltas = types.count("response.output_text.delta")
    check(deltas >= 3, types)
    check(
        types
        == ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
        + ["response.output_text.delta"] * deltas
        + ["response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"],
        types,
    )
    check([event.sequence_number for event in events] == list(range(len(events))), "sequence numbers")
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    check(text.strip() == "one two three" and events[-1].response.output_text == text, text)
    check(events[0].response.status == "in_progress" and events[0].response.output == [], events[0])
    check(client.responses.retrieve(events[-1].response.id) == events[-1].response, events[-1])

    with client.responses.stream(model=model, input="one two three", instructions="Repeat.") as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    check(final.output_text.strip() == "one two three" and final.status == "completed", final)

    cut = list(client.responses.create(model=model, input="one two three", stream=True, max_output_tokens=2))
    check(cut[-1].type == "response.incomplete", cut[-1])
    check(cut[-1].response.incomplete_details.reason == "max_output_tokens", cut[-1])
    check(cut[-1].response.output[0].status == "incomplete" and cut[-1].response.output_text == "one two ", cut[-1])


def tools(client, model):
    question = 'call weather {"city": "Bern"}'
    answer = client.responses.create(model=model, input=question, tools=[TOOL])
    call = answer.output[-1]
    check(call.type == "function_call" and call.name == "weather" and json.loads(call.arguments) == {"city": "Bern"}, answer)
    check(answer.status == "completed" and answer.tools[0].name == "weather", answer)
    result = [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny there"}]
    after = client.responses.create(model=model, input=result, previous_response_id=answer.id, tools=[TOOL])
    check(after.output_text.strip() == "sunny there", after)
    # The same without what is stored.
    items = [{"role": "user", "content": question}, *answer.output, *result]
    check(client.responses.create(model=model, input=items, store=False).output_text.strip() == "sunny there", items)

    events = list(client.responses.create(model=model, input=question, tools=[TOOL], stream=True))
    types = [event.type for event in events if not event.type.endswith(".delta")]
    check(
        types
        == ["response.created", "response.in_progress", "response.output_item.added", "response.function_call_arguments.done"]
        + ["response.output_item.done", "response.completed"],
        types,
    )
    arguments = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    done = [event for event in events if event.type == "response.function_call_arguments.done"][0]
    check(arguments == done.arguments and json.loads(arguments) == {"city": "Bern"}, events)
    with client.responses.stream(model=model, input=question, tools=[TOOL]) as stream:
        final = stream.get_final_response()
    check(final.output[0].type == "function_call", final)

    forced = client.responses.create(model=model, input=question, tools=[TOOL], tool_choice={"type": "function", "name": "weather"})
    check(forced.output[-1].name == "weather" and forced.tool_choice.name == "weather", forced)


class Point(BaseModel):
    x: int
    y: int


def formats(client, model):
    parsed = client.responses.parse(model=model, input='{"x": 1, "y": 2}', text_format=Point)
    check(parsed.output_parsed == Point(x=1, y=2), parsed)
    answer = client.responses.create(model=model, input='{"a": [1]}', text={"format": {"type": "json_object"}})
    check(json.loads(answer.output_text) == {"a": [1]} and answer.text.format.type == "json_object", answer)
    try:
        client.responses.parse(model=model, input="no point", text_format=Point)
        raise AssertionError("an answer was not as asked for")
    except openai.APIStatusError as error:
        check(error.status_code == 502 and error.code == "answer_not_as_asked", error)
    events = list(client.responses.create(model=model, input="no object", text={"format": {"type": "json_object"}}, stream=True))
    check(events[-1].type == "response.failed" and events[-1].response.status == "failed", events[-1])
    check(events[-1].response.error.code == "answer_not_as_asked", events[-1])


def refusals(client, model):
    for name, value, parameter in [
        ("background", True, "background"),
        ("tools", [{"type": "web_search"}], "tools[0].type"),
        ("tools", [{"type": "mcp", "server_label": "a", "server_url": "https://a.example"}], "tools[0].type"),
        ("conversation", "conv_1", "conversation"),
        ("prompt", {"id": "pmpt_1"}, "prompt"),
        ("include", ["message.output_text.logprobs"], "include[0]"),
        ("input", [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}], "input[0].content[0].type"),
        ("input", [{"type": "computer_call_output", "call_id": "c", "output": {}}], "input[0].type"),
        (
            "input",
            [{"role": "user", "content": [{"type": "input_image", "image_url": "https://a.example/b.png", "detail": "auto"}]}],
            "input[0].content[0].image_url",
        ),
    ]:
        try:
            client.responses.create(**({"model": model, "input": "a"} | {name: value}))
            raise AssertionError(f"{name} was taken")
        except openai.BadRequestError as error:
            check(error.code == "unsupported_parameter" and error.param == parameter, error)
    try:
        client.responses.create(model="no-such-model", input="a")
        raise AssertionError("an unknown model answered")
    except openai.NotFoundError as error:
        check(error.code == "model_not_found", error)
    raw = client.responses.with_raw_response.create(
        model=model, input="a", reasoning={"effort": "low", "summary": "auto"}, truncation="auto", top_p=0.5,
        include=["reasoning.encrypted_content"],
    )
    check(raw.headers["x-hector-ignored"] == "reasoning.summary, reasoning_effort, top_p, truncation", raw.headers)


def main():
    base, model = sys.argv[1].rstrip("/"), sys.argv[2]
    with openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0) as client:
        stored(client, model, plain(client, model))
        items(client, model)
        streamed(client, model)
        tools(client, model)
        formats(client, model)
        refusals(client, model)
    print(f"openai {openai.__version__}: all responses of {model} are as they should be")


if __name__ == "__main__":
    main()
