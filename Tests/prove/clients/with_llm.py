"""Simon Willison's `llm`, with the server in extra-openai-models.yaml as its manual has it."""

import base64
import json
import os
import pathlib
import sys
import tempfile
import time
from importlib.metadata import version

BASE, MODEL = sys.argv[1], sys.argv[2]
home = pathlib.Path(tempfile.mkdtemp())
os.environ["LLM_USER_PATH"] = str(home)
os.environ["OPENAI_API_KEY"] = "none"
(home / "extra-openai-models.yaml").write_text("".join(
    f"- {{model_id: {name}, model_name: {name}, api_base: {BASE}/v1, supports_tools: true, supports_schema: true, vision: true}}\n"
    for name in (MODEL, "nobody")))

import llm

from rows import PNG, SCHEMA, check, run

model = llm.get_model(MODEL)
asked = []


def weather(city: str) -> str:
    """The weather of a city."""
    asked.append(city)
    return "sunny"


def plain():
    check(model.prompt("one two three", stream=False).text() == "one two three", "another text")


def stream():
    texts = list(model.prompt("one two three"))
    check("".join(texts) == "one two three" and len([text for text in texts if text]) > 1, texts)


def chain(text, stream):
    asked.clear()
    return "".join(model.chain(text, tools=[weather], stream=stream))


def tools():
    check("The tool said: sunny" in chain("the weather", False) and asked == ["Paris"], asked)


def streamed_tools():
    check("The tool said: sunny" in chain("the weather of both", True) and asked == ["Paris", "Rome"], asked)


def parallel_tools():
    chain("the weather of both", False)
    check(asked == ["Paris", "Rome"], asked)


def json_schema():
    check(json.loads(model.prompt("a person", schema=SCHEMA, stream=False).text()) == {"name": "Ada", "age": 36}, "no person")


def images():
    content = base64.b64decode(PNG)
    answer = model.prompt("see", attachments=[llm.Attachment(type="image/png", content=content)], stream=False).text()
    check(f"[image/png, {len(content)} bytes]" in answer, answer)


def usage():
    for streamed in (False, True):
        answer = model.prompt("one two three", stream=streamed)
        answer.text()
        check(answer.usage().output == 3, (streamed, answer.usage()))


def error_form():
    try:
        llm.get_model("nobody").prompt("a", stream=False).text()
        check(False, "an unknown model answered")
    except Exception as error:
        check("nobody" in str(error) and "404" in str(error), error)


def cancel():
    began = time.monotonic()
    texts = iter(model.prompt("slowly " + "word " * 100))
    next(texts)
    del texts
    check(time.monotonic() - began < 5, "leaving waited for the answer")
    plain()


run(
    f"llm {version('llm')}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools, parallel_tools=parallel_tools,
    json_schema=json_schema, images=images, usage=usage, error_form=error_form, cancel=cancel)
