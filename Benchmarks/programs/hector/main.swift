// The program of the benchmarks in our own runtime. Benchmarks/programs/README.md has its command line.
//
// OFF_LOOP=1 has handlers and callers on Swift's global executor, as plugins and nodes have them.
// METRICS=1 counts all calls, with their latencies.
// PLUGIN=NAME sends a client's calls to the plugin NAME of a hector-plugin-agent.
// Started by a hector-plugin-agent it is that plugin.
import HectorPlugin
import HectorRPC
import Logging
import NIOPosix

let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let execution: HandlerExecution = variable("OFF_LOOP") == nil ? .onLoop : .offLoop
let arguments = CommandLine.arguments
let metrics: RPCMetrics? = variable("METRICS") == nil ? nil : RPCMetrics()

// As hosts, nodes and plugins do.
MessageMemory.keepForTheNextMessage()

switch (arguments.dropFirst().first, arguments.count) {
case (nil, _) where variable("HECTOR_PLUGIN") != nil:
    try await PluginProgram { services, _ in
        services.offer(EchoModel())
        services.offerEcho(execution)
    }.run()
case ("server", 3):
    let address = try Address(arguments[2])
    address.unlink()
    var services = RPCServices()
    services.offerEcho(execution)
    var limits = RPCLimits()
    // The idle connections, and those that the client warmed up with.
    limits.maximumConnections = 20_000
    let server = try RPCServer(
        address.endpoint, security: try address.security(.server), services: services, on: group,
        limits: limits, metrics: metrics, random: { Double.random(in: $0) }, log: Logger(label: "benchmark"))
    try await server.run { _ in say("READY") }
case ("client", 5):
    let address = try Address(arguments[2])
    try await Client(address: address, group: group, execution: execution)
        .run(Workload(arguments[3]), Extent(arguments[4]))
default:
    say("usage: rpc-benchmark server ADDRESS | client ADDRESS WORKLOAD SECONDS|COUNTx")
    exit(2)
}
