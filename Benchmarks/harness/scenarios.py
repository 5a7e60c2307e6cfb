"""What is measured: scenarios, and the stacks that take part in each."""
from dataclasses import dataclass

GRPC = ("hector", "hector-offloop", "grpc-go", "grpc-cpp")
FRONTS = ("hector", "sglang-router", "litellm", "hummingbird-floor")
PROXIES = ("hector", "hector-automtls", "envoy", "haproxy", "nginx")


@dataclass(frozen=True)
class Scenario:
    name: str
    workload: str
    stacks: tuple
    address: str = "tls"
    one_core: bool = False
    through_proxy: bool = False
    # Few messages a second want more seconds.
    longer: int = 1
    # Over HTTP, from a client to a plugin; that many replicas behind Hector, of its own or divided among nodes.
    front: bool = False
    replicas: int = 2
    nodes: int = 0

    @property
    def subtracts_idle(self):
        """What many replicas cost while nobody calls is not the call's."""
        return self.replicas > 2


def scenarios():
    plain = [
        Scenario("unary-seq-mtls", "unary-1", ("hector", "grpc-go", "grpc-cpp", "tls-floor"), one_core=True),
        Scenario("unary-c64-mtls", "unary-64", ("hector", "hector-metrics", *GRPC[1:])),
        Scenario("unary-c256-mtls", "unary-256", GRPC),
        Scenario("unary-c64-uds", "unary-64", GRPC, address="unix"),
        Scenario("stream-s1-mtls", "stream-1", GRPC),
        Scenario("stream-s32-mtls", "stream-32", GRPC),
        Scenario("stream-paced-mtls", "paced-50", GRPC, longer=3),
        Scenario("large-1m-mtls", "large-4", GRPC + ("tls-floor",)),
    ]
    proxied = [
        Scenario("proxy-" + s.name, s.workload, PROXIES, one_core=s.one_core, through_proxy=True, longer=s.longer)
        for s in plain if s.address == "tls"
    ]
    fronts = [
        Scenario("front-unary-c1", "unary-1", FRONTS, front=True),
        Scenario("front-unary-c32", "unary-32", FRONTS, front=True),
        Scenario("front-unary-c32-r40", "unary-32", ("hector",), front=True, replicas=40),
        Scenario("front-unary-c32-r256", "unary-32", ("hector",), front=True, replicas=256, nodes=4),
        Scenario("front-stream-100x300", "stream-100x300", FRONTS, front=True),
        Scenario("front-stream-paced", "paced-100x20", FRONTS, front=True, longer=2),
        Scenario("front-sse-1000", "held-950", FRONTS, front=True),
        Scenario("front-json-4mib", f"values-1x{(4 << 20) - 1024}", FRONTS, front=True),
    ]
    return plain + proxied + fronts + [
        Scenario("idle-1000-mtls", "idle-1000", ("hector", "tls-floor")),
        Scenario("allocations-c64-mtls", "unary-64", ("hector", "hector-offloop", "grpc-cpp")),
    ]


def suite_of(name):
    """What is measured and saved together: the data plane, or the way from HTTP to the plugin."""
    return "front" if name.startswith("front-") else "data-plane"


def direct_of(name):
    """The scenario without the proxy."""
    return name.removeprefix("proxy-")
