"""A plain ReAct loop: the model is asked, the tools that it calls are called, until it answers without calling any.

Nothing is kept between steps: what comes next follows from the conversation and from what is left of the budget.
"""

import os, shutil, signal, sys, tempfile, threading
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

pb = grpc.protos("hector/plugin/plugin.proto")
reasoning_pb, reasoning_services = grpc.protos_and_services("hector/plugin/reasoning.proto")
controller_pb, controller_services = grpc.protos_and_services("goplugin/controller.proto")


class React(reasoning_services.ReasoningStrategyServicer):
    def Initialize(self, request, context):
        return pb.InitializeResponse(success=True)

    def Shutdown(self, request, context):
        return pb.ShutdownResponse(success=True)

    def Health(self, request, context):
        return pb.HealthResponse(healthy=True)

    def GetManifest(self, request, context):
        return pb.ManifestResponse(name="react", version="0.1.0", type="reasoning_strategy", protocol="grpc")

    def GetStatus(self, request, context):
        return pb.StatusResponse(status="ready")

    def Decide(self, request, context):
        if not request.messages:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "there are no messages")
        event = reasoning_pb.DecideEvent
        budget, last = request.budget, request.messages[-1]
        steps = budget.steps if budget.HasField("steps") else None
        calls = budget.tool_calls if budget.HasField("tool_calls") else None
        if last.role == "assistant" and not last.tool_calls:
            yield event(answer=reasoning_pb.FinalAnswer(text=last.content))
        elif steps is not None and steps < 1:
            yield event(give_up=reasoning_pb.GiveUp(reason="no steps are left"))
        elif last.role == "assistant":
            if calls is not None and calls < len(last.tool_calls):
                yield event(give_up=reasoning_pb.GiveUp(reason="the model wants more calls of tools than are left"))
                return
            yield event(note="calls " + ", ".join(call.name for call in last.tool_calls))
            yield event(call_tools=reasoning_pb.CallTools())
        else:
            # A call of tools needs two steps after it: the call, and the model's answer to it.
            may_call = (steps is None or steps > 2) and (calls is None or calls > 0)
            tools = [tool.name for tool in request.tools] if may_call else []
            yield event(call_model=reasoning_pb.CallModel(tools=tools))


class Controller(controller_services.GRPCControllerServicer):
    def Shutdown(self, request, context):
        stopping.set()
        return controller_pb.Empty()


if os.environ.get("HECTOR_PLUGIN") != "hector_plugin_v1":
    sys.exit("react is a Hector plugin: name it in hector.yaml, or check it with 'hector plugin validate'")
stopping = threading.Event()
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
directory = tempfile.mkdtemp(dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR"))
server = grpc.server(futures.ThreadPoolExecutor(16))
reasoning_services.add_ReasoningStrategyServicer_to_server(React(), server)
controller_services.add_GRPCControllerServicer_to_server(Controller(), server)
checks = health.HealthServicer()
checks.set("plugin", health_pb2.HealthCheckResponse.SERVING)
health_pb2_grpc.add_HealthServicer_to_server(checks, server)
server.add_insecure_port(f"unix:{directory}/plugin.sock")
server.start()
print(f"1|1|unix|{directory}/plugin.sock|grpc|", flush=True)
stopping.wait()
server.stop(grace=1).wait()
shutil.rmtree(directory)
