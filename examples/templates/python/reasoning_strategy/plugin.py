"""Asks the model, calls the tools that it wants, until it answers without calling any."""

from hector_plugin import Provider, grpc, number, serve
from hector.plugin import reasoning_pb2 as reasoning
from hector.plugin import reasoning_pb2_grpc


class MyStrategy(Provider, reasoning_pb2_grpc.ReasoningStrategyServicer):
    name, type, description = "my-plugin", "reasoning_strategy", "Asks the model and calls its tools until it answers"
    most_steps = 20

    def configure(self, config):
        self.most_steps = number(config, "most_steps", self.most_steps)

    def Decide(self, request, context):
        # All that is known of the turn is in the request: nothing is kept between calls.
        if not request.messages:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request has no messages")
        event, budget, last = reasoning.DecideEvent, request.budget, request.messages[-1]
        is_spent = budget.HasField("steps") and budget.steps < 1 or request.step >= self.most_steps
        if last.role == "assistant" and not last.tool_calls:
            yield event(answer=reasoning.FinalAnswer(text=last.content))
        elif is_spent:
            yield event(give_up=reasoning.GiveUp(reason="no steps are left"))
        elif last.role != "assistant":
            yield event(call_model=reasoning.CallModel(tools=[tool.name for tool in request.tools]))
        elif budget.HasField("tool_calls") and budget.tool_calls < len(last.tool_calls):
            yield event(give_up=reasoning.GiveUp(reason="no calls of tools are left"))
        else:
            yield event(note="calls " + ", ".join(call.name for call in last.tool_calls))
            yield event(call_tools=reasoning.CallTools())


if __name__ == "__main__":
    serve(MyStrategy(), reasoning_pb2_grpc.add_ReasoningStrategyServicer_to_server)
