"""A real model option by option, by OpenAI's Python client: what SmolLM2 under llama.cpp does with each.

usage: smollm_options.py BASE_URL MODEL

Exits non-zero where an option has not its effect.
"""

import json
import sys

import openai

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer"},
        "colours": {"type": "array", "items": {"enum": ["red", "green", "blue"]}, "maxItems": 3},
    },
    "required": ["name", "age", "colours"],
    "additionalProperties": False,
}


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def main():
    base, model = sys.argv[1].rstrip("/"), sys.argv[2]
    client = openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0)

    def ask(question, **options):
        """The text, the finish reason, the usage, and what was ignored."""
        stream = options.pop("stream", False)
        messages = [{"role": "user", "content": question}] + options.pop("then", [])
        options = {"max_tokens": 24, **options}
        raw = client.chat.completions.with_raw_response.create(model=model, messages=messages, stream=stream, **(
            {"stream_options": {"include_usage": True}} if stream else {}), **options)
        ignored = raw.headers.get("x-hector-ignored", "")
        if not stream:
            answer = raw.parse()
            return answer.choices[0].message.content, answer.choices[0].finish_reason, answer.usage, ignored
        chunks = list(raw.parse())
        choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
        text = "".join(choice.delta.content or "" for choice in choices)
        return text, [choice.finish_reason for choice in choices if choice.finish_reason][0], chunks[-1].usage, ignored

    story = "Write a short story about a lighthouse."
    for stream in (False, True):
        # One seed, one text; another seed, another text.
        texts = [ask(story, seed=seed, temperature=1.5, stream=stream)[0] for seed in (7, 7, 8)]
        check(texts[0] == texts[1], f"one seed gave two texts: {texts[:2]}")
        check(texts[0] != texts[2], f"two seeds gave one text: {texts[0]}")
        check(len({ask(story, temperature=0, seed=seed, stream=stream)[0] for seed in (1, 2)}) == 1, "temperature 0 is not the likeliest text")
        check(len({ask(story, temperature=2, top_p=1e-9, seed=seed, stream=stream)[0] for seed in (1, 2)}) == 1, "top_p leaves one token")
        check(len({ask(story, temperature=2, seed=seed, stream=stream, extra_body={"top_k": 1})[0] for seed in (1, 2)}) == 1, "top_k leaves one token")
        check(len({ask(story, temperature=2, seed=seed, stream=stream, extra_body={"min_p": 1})[0] for seed in (1, 2)}) == 1, "min_p leaves one token")

        # Limits.
        for tokens in (1, 5, 17):
            _, reason, usage, _ = ask(story, max_tokens=tokens, stream=stream)
            check(reason == "length" and usage.completion_tokens == tokens, f"max_tokens {tokens}: {reason}, {usage}")
        whole = ask(story, temperature=0, stream=stream)[0]
        word = whole.split()[6]
        text, reason, *_ = ask(story, stop=[word], temperature=0, stream=stream)
        check(reason == "stop" and text == whole[:whole.index(word)], f"stop at {word}: {reason}, {text}")

        # Penalties change the likeliest text.
        poem = "Repeat the word hello twenty times."
        plain = ask(poem, temperature=0, stream=stream)[0]
        for penalty in ({"frequency_penalty": 2}, {"presence_penalty": 2}, {"extra_body": {"repetition_penalty": 2}}):
            check(ask(poem, temperature=0, stream=stream, **penalty)[0] != plain, f"{penalty} changed nothing: {plain}")

        # What it does not know is named.
        *_, ignored = ask(story, reasoning_effort="low", temperature=0, max_tokens=2, stream=stream)
        check(ignored == "reasoning_effort", ignored)

        # Going on from a beginning.
        text, *_ = ask("Count from one to five in digits.", temperature=0, stream=stream, then=[{"role": "assistant", "content": "1, 2,", "prefix": True}])
        check("3" in text and not text.lstrip().startswith("1"), f"it began anew: {text}")

    # JSON, whatever the seed.
    objects = 0
    for seed in range(6):
        form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}}
        value = json.loads(ask("Describe a person.", seed=seed, temperature=1, max_tokens=200, response_format=form, stream=seed % 2 == 0)[0])
        check(set(value) == set(SCHEMA["required"]) and isinstance(value["age"], int), value)
        check(set(value["colours"]) <= {"red", "green", "blue"} and len(value["colours"]) <= 3, value)
        text, reason, *_ = ask(
            "Describe a person in JSON.", seed=seed, temperature=0.2, max_tokens=300, response_format={"type": "json_object"}, stream=seed % 2 == 1)
        objects += reason == "stop"
        check(reason == "length" or isinstance(json.loads(text), dict), text)
    check(objects > 0, "no JSON object came to its end")
    print(f"openai {openai.__version__}: every option of {model} has its effect")


if __name__ == "__main__":
    main()
