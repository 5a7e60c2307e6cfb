"""LangChain's ChatOpenAI."""

import base64
import sys
import time
from importlib.metadata import version

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from rows import PNG, check, run

BASE, MODEL = sys.argv[1], sys.argv[2]


def chat(model=MODEL, **more):
    return ChatOpenAI(model=model, base_url=f"{BASE}/v1", api_key="none", max_retries=0, **more)


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def plain():
    check(chat().invoke("one two three").content == "one two three", "another text")


def stream():
    texts = [chunk.content for chunk in chat().stream("one two three")]
    check("".join(texts) == "one two three" and len([text for text in texts if text]) > 1, texts)


def tools():
    bound = chat().bind_tools([weather])
    question = HumanMessage("the weather")
    call = bound.invoke([question])
    check([found["args"] for found in call.tool_calls] == [{"city": "Paris"}], call)
    answer = bound.invoke([question, call, ToolMessage("sunny", tool_call_id=call.tool_calls[0]["id"])])
    check(answer.content == "The tool said: sunny", answer)


def streamed_tools():
    whole = None
    for chunk in chat().bind_tools([weather]).stream("the weather of both"):
        whole = chunk if whole is None else whole + chunk
    check([call["args"]["city"] for call in whole.tool_calls] == ["Paris", "Rome"], whole)


def parallel_tools():
    calls = chat().bind_tools([weather]).invoke("the weather of both").tool_calls
    check([call["args"]["city"] for call in calls] == ["Paris", "Rome"], calls)
    check(len(chat().bind_tools([weather], parallel_tool_calls=False).invoke("the weather of both").tool_calls) == 1, "not one call")


def json_schema():
    check(chat().with_structured_output(Person, method="json_schema").invoke("a person") == Person(name="Ada", age=36), "no person")


def images():
    message = HumanMessage([
        {"type": "text", "text": "see"}, {"type": "image", "base64": PNG, "mime_type": "image/png"}])
    check(f"[image/png, {len(base64.b64decode(PNG))} bytes]" in chat().invoke([message]).content, "no image")


def usage():
    check(chat().invoke("one two three").usage_metadata["output_tokens"] == 3, "another count")
    whole = None
    for chunk in chat(stream_usage=True).stream("one two three"):
        whole = chunk if whole is None else whole + chunk
    check(whole.usage_metadata["output_tokens"] == 3, whole)


def error_form():
    try:
        chat("nobody").invoke("a")
        check(False, "an unknown model answered")
    except openai.NotFoundError as error:
        check("nobody" in str(error), error)


def cancel():
    began = time.monotonic()
    chunks = chat().stream("slowly " + "word " * 100)
    next(chunks)
    chunks.close()
    check(time.monotonic() - began < 5, "closing waited for the answer")
    plain()


run(
    f"langchain-openai {version('langchain-openai')}", plain=plain, stream=stream, tools=tools, streamed_tools=streamed_tools,
    parallel_tools=parallel_tools, json_schema=json_schema, images=images, usage=usage, error_form=error_form, cancel=cancel)
