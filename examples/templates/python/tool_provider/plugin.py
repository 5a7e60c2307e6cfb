"""Tools for texts."""

import json

from hector_plugin import Provider, grpc, serve
from hector.plugin import tools_pb2 as tools
from hector.plugin import tools_pb2_grpc


class MyTools(Provider, tools_pb2_grpc.ToolProviderServicer):
    name, type, description = "my-plugin", "tool_provider", "Counts the words of a text"

    def ListTools(self, request, context):
        schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
        return tools.ListToolsResponse(tools=[
            tools.Tool(
                name="count_words", description="Counts the words of a text.", parameters_json=json.dumps(schema),
                # It changes nothing, and may be called again when a call was lost. A tool that does more leaves these out.
                annotations=tools.ToolAnnotations(read_only=True, idempotent=True))
        ])

    def CallTool(self, request, context):
        if request.name != "count_words":
            context.abort(grpc.StatusCode.NOT_FOUND, f"there is no tool {request.name!r}")
        try:
            text = json.loads(request.arguments_json)["text"]
        except (ValueError, TypeError, KeyError):
            text = None
        if not isinstance(text, str):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the arguments must be an object with the member text, which is a text")
        words = len(text.split())
        if words:
            yield tools.ToolOutput(data_json=json.dumps({"words": words}))
        else:
            # No error of the call: the model reads it and can do better.
            yield tools.ToolOutput(text="there are no words in this text")
        yield tools.ToolOutput(end=tools.ToolEnd(failed=words == 0))


if __name__ == "__main__":
    serve(MyTools(), tools_pb2_grpc.add_ToolProviderServicer_to_server)
