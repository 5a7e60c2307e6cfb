// The providers of the conformance tests as plugins: the name under which it is started says which.
import ConformanceProviders
import Glibc
import HectorPlugin

switch CommandLine.arguments[0].split(separator: "/").last {
case "database": try await serve(ConformanceDatabase())
case "embedder": try await serve(ConformanceEmbedder())
case "tools":
    try await serve(ConformanceTools { file in
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        write(descriptor, "x", 1)
        kill(getpid(), SIGKILL)
    })
case "strategy": try await serve(ConformanceStrategy(process: "\(getpid())"))
case "witness-tools": try await serve(WitnessTools())
case "witness-embedder": try await serve(WitnessEmbedder())
case "witness-model": try await serve(WitnessModel())
default: try await serve(ConformanceModel())
}
