// The providers of the conformance tests as plugins: the name under which it is started says which.
import ConformanceProviders
import HectorPlugin

switch CommandLine.arguments[0].split(separator: "/").last {
case "database": try await serve(ConformanceDatabase())
case "embedder": try await serve(ConformanceEmbedder())
default: try await serve(ConformanceModel())
}
