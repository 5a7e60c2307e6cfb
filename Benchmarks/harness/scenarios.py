"""What is measured: scenarios, and the stacks that take part in each."""
from dataclasses import dataclass

GRPC = ("hector", "hector-offloop", "grpc-go", "grpc-cpp")
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
    return plain + proxied + [
        Scenario("idle-1000-mtls", "idle-1000", ("hector", "tls-floor")),
        Scenario("allocations-c64-mtls", "unary-64", ("hector", "hector-offloop", "grpc-cpp")),
    ]


def direct_of(name):
    """The scenario without the proxy."""
    return name.removeprefix("proxy-")
