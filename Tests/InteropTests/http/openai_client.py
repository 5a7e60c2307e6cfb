"""OpenAI's own Python client against a Hector server.

usage: openai_client.py BASE_URL MODEL

MODEL is an agent or plugin that repeats the last message. Exits non-zero when anything is not as OpenAI's API has it.
"""

import asyncio
import json
import sys

import openai


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def plain(client, model):
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "one two three"}], temperature=0.5, max_tokens=100
    )
    choice = answer.choices[0]
    check(answer.object == "chat.completion" and answer.model == model and answer.id, answer)
    check(choice.message.role == "assistant" and choice.message.content.strip() == "one two three", answer)
    check(choice.finish_reason == "stop" and choice.message.tool_calls is None, answer)
    check(answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens, answer)


def parts(client, model):
    content = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    check(answer.choices[0].message.content.strip() == "one two", answer)


def streamed(client, model):
    chunks = list(
        client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": "one two three"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    check(len({chunk.id for chunk in chunks}) == 1, "the chunks' ids differ")
    check(chunks[-1].choices == [] and chunks[-1].usage.total_tokens >= 0, chunks[-1])
    choices = [chunk.choices[0] for chunk in chunks[:-1]]
    check(choices[0].delta.role == "assistant", choices[0])
    texts = [choice.delta.content for choice in choices if choice.delta.content]
    check(len(texts) >= 3, f"not streamed piece by piece: {texts}")
    check("".join(texts).strip() == "one two three", texts)
    check([choice.finish_reason for choice in choices if choice.finish_reason] == ["stop"], choices)


def options(client, model):
    """What is carried out, what is named, and what is refused."""
    create = client.chat.completions.with_raw_response.create
    question = {"model": model, "messages": [{"role": "user", "content": "one two three four five"}]}

    def ask(stream, **more):
        if not stream:
            answer = create(**question, **more).parse()
            return answer.choices[0].message.content, answer.choices[0].finish_reason, answer.usage.completion_tokens
        raw = create(**question, stream=True, stream_options={"include_usage": True}, **more)
        chunks = list(raw.parse())
        choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
        reasons = [choice.finish_reason for choice in choices if choice.finish_reason]
        check(len(reasons) == 1, reasons)
        return "".join(choice.delta.content or "" for choice in choices), reasons[0], chunks[-1].usage.completion_tokens

    for stream in (False, True):
        for more, expected in [
            ({"stop": ["e t", "six"]}, ("on", "stop", 2)),
            ({"stop": "e f"}, ("one two thre", "stop", 4)),
            ({"max_tokens": 2}, ("one two ", "length", 2)),
            ({"max_completion_tokens": 5}, ("one two three four five ", "stop", 5)),
        ]:
            answer = ask(stream, **more)
            check(answer == expected, f"{more}, stream {stream}: {answer}")
        hints = create(**question, stream=stream, temperature=0.1, seed=1, top_p=1, frequency_penalty=0, user="u")
        check(hints.headers["x-hector-ignored"] == "seed, temperature", hints.headers)
        check(all(hints.parse()) if stream else hints.parse().choices, "no answer")
        for name, value in {
            "n": 2,
            "logprobs": True,
            "tool_choice": "required",
            "store": True,
            "modalities": ["text", "audio"],
        }.items():
            try:
                create(**question, stream=stream, **{name: value})
                raise AssertionError(f"{name} was taken")
            except openai.BadRequestError as error:
                check(error.code == ("invalid_request" if name == "tool_choice" else "unsupported_parameter") and error.param == name, error)
        # What an echo answers is JSON if it was asked in JSON. Else it is asked twice.
        for content, is_json in [('{"a": [1, 2]}', True), ("one two", False)]:
            try:
                raw = create(
                    model=model, stream=stream, messages=[{"role": "user", "content": content}], response_format={"type": "json_object"}
                )
                if stream:
                    text = "".join(chunk.choices[0].delta.content or "" for chunk in raw.parse() if chunk.choices)
                else:
                    text = raw.parse().choices[0].message.content
                check(is_json and json.loads(text) == {"a": [1, 2]}, text)
            except openai.APIError as error:
                check(not is_json and error.code == "answer_not_as_asked", error)


async def many(base, model):
    async with openai.AsyncOpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0) as client:
        async def one(number):
            stream = await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": f"number {number}"}], stream=True
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

        answers = await asyncio.gather(*[one(number) for number in range(20)])
    for number, answer in enumerate(answers):
        check(answer.strip() == f"number {number}", answer)


def errors(client, model):
    try:
        client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "a"}])
        raise AssertionError("an unknown model answered")
    except openai.NotFoundError as error:
        check(error.code == "model_not_found" and "no-such-model" in error.message, error)
    try:
        client.chat.completions.create(model=model, messages=[{"role": "clown", "content": "a"}])
        raise AssertionError("an unknown role was taken")
    except openai.BadRequestError as error:
        check(error.param == "messages[0].role", error)


def embeddings(client):
    """The client asks for base64 unless told otherwise, and decodes it."""
    for more in ({}, {"encoding_format": "float"}, {"encoding_format": "base64", "user": "u"}):
        answer = client.embeddings.create(model="lengths", input=["abcd", "a"], **more)
        check([entry.index for entry in answer.data] == [0, 1] and answer.model == "lengths", answer)
        if more.get("encoding_format") != "base64":
            check([list(entry.embedding) for entry in answer.data] == [[4.0, 1.0, -1.0, 0.0], [1.0, 0.25, -1.0, 0.0]], answer)
    check(len(client.embeddings.create(model="lengths", input="abcd").data) == 1, "one text, one vector")
    for more, error, param in [
        ({"model": "no-such-model"}, openai.NotFoundError, "model"),
        ({"dimensions": 2}, openai.BadRequestError, "dimensions"),
        ({"input": [1, 2]}, openai.BadRequestError, "input[0]"),
    ]:
        try:
            client.embeddings.create(**({"model": "lengths", "input": "a"} | more))
            raise AssertionError(f"{more} was taken")
        except error as told:
            check(told.param == param, told)
    models = {entry.id: entry for entry in client.models.list()}
    check(models["lengths"].kind == "embedder" and models["parrot"].plugin == "echo" and models["echo"].kind == "llm", models)


def main():
    base, model = sys.argv[1].rstrip("/"), sys.argv[2]
    with openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0) as client:
        models = [entry.id for entry in client.models.list()]
        check(model in models, models)
        check(client.models.retrieve(model).id == model, model)
        plain(client, model)
        parts(client, model)
        streamed(client, model)
        options(client, model)
        errors(client, model)
        embeddings(client)
    asyncio.run(many(base, model))
    print(f"openai {openai.__version__}: all exchanges with {model} are as they should be")


if __name__ == "__main__":
    main()
