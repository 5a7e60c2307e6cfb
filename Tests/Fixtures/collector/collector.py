"""A collector of traces made of opentelemetry-proto and grpcio: writes each span as a line of JSON.

usage: collector.py [--token TOKEN]
"""

import json
import sys
from concurrent import futures

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

TOKEN = sys.argv[2] if sys.argv[1:2] == ["--token"] else None


def value(any_value):
    return getattr(any_value, any_value.WhichOneof("value"))


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        if TOKEN and dict(context.invocation_metadata()).get("authorization") != TOKEN:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "a wrong token")
        for resource in request.resource_spans:
            service = {a.key: value(a.value) for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    assert len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in (0, 8)
                    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
                    line = {
                        "service": service["service.name"], "trace": span.trace_id.hex(), "id": span.span_id.hex(),
                        "parent": span.parent_span_id.hex(), "name": span.name, "kind": span.kind, "error": span.status.message,
                        "attributes": {a.key: value(a.value) for a in span.attributes},
                    }
                    print("span " + json.dumps(line), flush=True)
        return trace_service_pb2.ExportTraceServiceResponse()


server = grpc.server(futures.ThreadPoolExecutor(4))
trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"listening url=http://127.0.0.1:{port}", flush=True)
server.wait_for_termination()
