// swift-tools-version: 6.2
import PackageDescription

/// Set by Tests/FuzzTests/run: our modules are instrumented, and the fuzzer's program is there. Unsafe flags would bar
/// other packages from depending on this one, so they are there only then.
let isFuzzing = Context.environment["HECTOR_FUZZ"] != nil
let instrumentation = isFuzzing ? ["-sanitize=fuzzer,address"] : []

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
] + (isFuzzing ? [.unsafeFlags(instrumentation)] : [])

/// Asynchronous functions stay on their caller's executor: a call costs no look for another one.
let staying: [SwiftSetting] = strict + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

extension Target.Dependency {
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1 = product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let log = product(name: "Logging", package: "swift-log")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let signals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let orderedCollections = product(name: "OrderedCollections", package: "swift-collections")
    static let arguments = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let metrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let histogram = product(name: "Histogram", package: "hdrhistogram-swift")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTesting = product(name: "HummingbirdTesting", package: "hummingbird")
    static let httpClient = product(name: "AsyncHTTPClient", package: "async-http-client")
}

func layer(
    _ name: String, path: String? = nil, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func program(
    _ name: String, path: String? = nil, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict
) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func tests(_ name: String, excluding: [String] = [], _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: excluding, swiftSettings: strict)
}

/// The same sources twice: a test that replays the corpora, or the fuzzer that makes them grow.
let fuzzing: [Target] = {
    let path = "Tests/FuzzTests"
    let dependencies: [Target.Dependency] = [
        "HectorRPC", "HectorProto", "HectorHandshake", "HectorYAML", "HectorConfig", "HectorDiscovery", "HectorCore", "HectorPlugins",
        "HectorBuiltins", .nioCore, .nioEmbedded, .log, .protobuf,
    ]
    let data = ["corpus", "dictionaries", "run"]
    guard isFuzzing else {
        return [
            .testTarget(
                name: "FuzzTests", dependencies: dependencies, path: path, exclude: data + ["CLibFuzzer", "main.swift"],
                swiftSettings: strict)
        ]
    }
    return [
        .systemLibrary(name: "CLibFuzzer", path: "\(path)/CLibFuzzer"),
        .executableTarget(
            name: "hector-fuzz", dependencies: dependencies + ["CLibFuzzer"], path: path, exclude: data + ["CorpusTests.swift"],
            swiftSettings: strict, linkerSettings: [.unsafeFlags(instrumentation + ["-use-ld=lld"])]),
    ]
}()

let package = Package(
    name: "hector",
    products: [
        .library(name: "HectorPlugin", targets: ["HectorPlugin"]),
        .executable(name: "hector", targets: ["hector"]),
        .executable(name: "hector-plugin-agent", targets: ["hector-plugin-agent"]),
        .executable(name: "hector-plugins", targets: ["hector-plugins"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // L0: system libraries
        .systemLibrary(name: "CNghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CAvahi", providers: [.apt(["libavahi-client-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPostgres", providers: [.apt(["libpq-dev"])]),
        .target(name: "CProcess"),

        layer("HectorCore", [], settings: staying),

        // L1
        layer("HectorLoad", ["HectorCore"]),
        layer("HectorProto", ["HectorLoad", "HectorCore", .protobuf]),
        layer("HectorHandshake", ["HectorCore"]),
        layer("HectorLogging", ["HectorCore", .log]),
        layer("HectorYAML", ["HectorCore", "CYAML"]),
        layer("HectorMetrics", [.metrics]),
        layer("HectorSQLite", ["CSQLite"]),
        layer("HectorRPC", ["HectorCore", "HectorProto", "CNghttp2", "COpenSSL", "CZlib", .nioCore, .nioPosix, .log, .protobuf, .histogram], settings: staying),

        // L2
        layer("HectorMesh", ["HectorLoad", "HectorCore"], settings: staying),
        layer("HectorProviders", ["HectorProto", "HectorCore"]),
        layer("HectorDiscovery", ["HectorCore", "CAvahi", .log]),
        layer("HectorDocuments", ["HectorProviders", "HectorCore"]),

        // L3
        layer("HectorConfig", ["HectorYAML", "HectorCore"]),
        layer("HectorTrust", ["COpenSSL", "HectorRPC", "HectorProto", "HectorCore"]),
        layer("HectorPlugins", [
            "HectorRPC", "HectorProto", "HectorHandshake", "HectorYAML", "HectorCore", "CProcess",
            .nioCore, .nioPosix, .log, .lifecycle, .protobuf,
        ]),
        layer("HectorPlugin", [
            "HectorLoad", "HectorProviders", "HectorRPC", "HectorProto", "HectorHandshake", "HectorCore", "HectorLogging", .nioCore, .nioPosix, .log, .protobuf,
        ]),
        layer("HectorBuiltins", [
            "HectorPlugin", "HectorDocuments", "HectorProviders", "HectorProto", "HectorCore", "HectorSQLite", "COpenSSL", "CZlib", "CPostgres", "CProcess", .httpClient, .nioCore, .nioPosix, .nioHTTP1,
        ]),
        layer("HectorAgents", ["HectorDocuments", "HectorProviders", "HectorProto", "HectorCore", .deque, .orderedCollections, .log], settings: staying),
        layer("HectorAPI", [
            "HectorAgents", "HectorDocuments", "HectorMesh", "HectorMetrics", "HectorProviders", "HectorProto", "HectorCore",
            .hummingbird, .hummingbirdCore, .orderedCollections, .deque, .log, .metrics, .lifecycle, .nioCore, .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1,
        ], settings: staying),

        layer("HectorMembership", [
            "HectorRPC", "HectorProto", "HectorLoad", "HectorMesh", "HectorDiscovery", "HectorTrust", "HectorCore", .nioCore, .protobuf, .log,
        ]),

        layer("HectorStore", ["HectorSQLite", "HectorCore"]),
        layer("HectorProgram", ["HectorLogging", "HectorCore", .log, .lifecycle, .signals]),

        // L4: composition roots
        layer("HectorHost", [
            "HectorCore", "HectorAPI", "HectorAgents", "HectorDocuments", "HectorLoad", "HectorMesh", "HectorMetrics", "HectorProviders", "HectorProto", "HectorRPC",
            "HectorPlugins", "HectorDiscovery", "HectorMembership", "HectorTrust", "HectorConfig", "HectorProgram", "HectorStore",
            .nioCore, .nioPosix, .orderedCollections, .log, .metrics, .lifecycle,
        ], settings: staying),
        layer("HectorNodeHost", [
            "HectorCore", "HectorLoad", "HectorProto", "HectorRPC", "HectorPlugins", "HectorDiscovery", "HectorTrust", "HectorConfig", "HectorProgram", "HectorStore",
            .nioCore, .nioPosix, .protobuf, .log, .lifecycle,
        ]),

        // L5: programs
        program("hector", [
            "HectorHost", "HectorAPI", "HectorConfig", "HectorMetrics", "HectorPlugins", "HectorProto", "HectorCore", "HectorLogging", "HectorProgram",
            .arguments, .httpClient, .protobuf, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .signals, .log, .metrics,
        ]),
        program("hector-plugin-agent", ["HectorNodeHost", "HectorConfig", "HectorProto", "HectorCore", "HectorLogging", "HectorProgram", .arguments, .log]),
        program("hector-plugins", ["HectorBuiltins", "HectorPlugin", "HectorProgram", "HectorCore", .arguments]),
        program("mesh-probe", path: "Tests/lab/mesh-probe", ["HectorProgram", "HectorDiscovery", "HectorCore", .log]),
        program("mesh-load", path: "Tests/lab/mesh-load", [.httpClient]),
        program("mesh-streams", path: "Tests/lab/mesh-streams", [.httpClient]),
        program("echo-llm", path: "examples/plugins/echo-llm/Sources/echo-llm", ["HectorPlugin"]),
        program("calculator", path: "examples/plugins/calculator/Sources/calculator", ["HectorPlugin"]),
        program("sums", path: "examples/plugins/sums/Sources/sums", ["HectorPlugin"]),

        // What `hector plugin new` writes, as it is.
        program("template-llm", path: "examples/templates/swift/llm_provider", ["HectorPlugin"]),
        program("template-database", path: "examples/templates/swift/database_provider", ["HectorPlugin"]),
        program("template-embedder", path: "examples/templates/swift/embedder_provider", ["HectorPlugin"]),
        program("template-tool", path: "examples/templates/swift/tool_provider", ["HectorPlugin"]),
        program("template-strategy", path: "examples/templates/swift/reasoning_strategy", ["HectorPlugin"]),

        program("rpc-benchmark", path: "Benchmarks/programs/hector", [
            "HectorPlugin", "HectorRPC", "HectorProto", .nioCore, .nioPosix, .protobuf, .log,
        ], settings: staying),

        program("front-echo", path: "Benchmarks/programs/front-echo", ["HectorPlugin"]),
        program("vector-caller", path: "Benchmarks/programs/vector-caller", ["HectorRPC", "HectorProto", .nioPosix, .protobuf], settings: staying),
        program("front-floor", path: "Benchmarks/programs/front-floor", [.hummingbird, .nioCore, .log]),

        program("paced-llm", path: "Benchmarks/live/paced-llm", ["HectorPlugin"]),
        program("mesh-callers", path: "Benchmarks/live/mesh-callers", [
            "HectorHost", "HectorAgents", "HectorMesh", "HectorConfig", "HectorTrust", "HectorProviders", "HectorProto", "HectorRPC", "HectorCore",
            .nioPosix, .log,
        ]),

        // What the tests run as processes of their own
        program("orphan-maker", path: "Tests/Fixtures/orphan-maker", ["HectorPlugins"]),
        layer("ConformanceProviders", path: "Tests/Fixtures/conformance-providers", ["HectorProviders"]),
        layer("ScriptedProviders", path: "Tests/Fixtures/scripted-providers", ["HectorAgents", "HectorProviders", "HectorCore"]),
        layer("TestDocuments", path: "Tests/Fixtures/test-documents", ["CZlib"]),
        layer("TestCertificates", path: "Tests/Fixtures/test-certificates", []),
        program("conformance-plugin", path: "Tests/Fixtures/conformance-plugin", ["HectorPlugin", "ConformanceProviders"]),
        program("engine", path: "Tests/Fixtures/engine", ["HectorPlugin"]),
        program("actor", path: "Tests/Fixtures/actor", ["HectorPlugin"]),
        program("faulty-plugin", path: "Tests/Fixtures/faulty-plugin", ["HectorPlugin", "HectorRPC", "HectorProto", "ConformanceProviders", .protobuf]),
        program("moody-llm", path: "Tests/Fixtures/moody-llm", ["HectorPlugin"]),
        program("host-probe", path: "Tests/Fixtures/host-probe", ["HectorProgram", "HectorPlugins", .nioPosix, .log]),
        program("ageing-llm", path: "Tests/Fixtures/ageing-llm", [
            "HectorRPC", "HectorProto", "HectorHandshake", .nioPosix, .log,
        ]),
        program("foreign-embedder", path: "Tests/Fixtures/foreign-embedder", [
            "HectorRPC", "HectorProto", "HectorHandshake", .nioPosix, .log,
        ]),
        program("echo-server", path: "Tests/Fixtures/echo-server", [
            "HectorTrust", "HectorRPC", "HectorProto", .nioCore, .nioPosix, .protobuf, .log,
        ]),
        program("interop-peer", path: "Tests/Fixtures/interop-peer", [
            "HectorTrust", "HectorRPC", "HectorProto", .nioCore, .nioPosix, .protobuf, .log,
        ]),

        .systemLibrary(name: "CAllocator", path: "Tests/Fixtures/CAllocator"),
        program("rpc-soak", path: "Tests/Fixtures/rpc-soak", [
            "HectorRPC", "HectorProto", "CAllocator", .nioCore, .nioPosix, .protobuf, .log,
        ]),

        tests("HectorCoreTests", ["HectorCore"]),
        tests("HectorSQLiteTests", ["HectorSQLite"]),
        tests("HectorStoreTests", ["HectorStore", "HectorSQLite", "HectorCore"]),
        tests("HectorLoggingTests", ["HectorLogging", .log]),
        tests("HectorProgramTests", ["HectorProgram"]),
        tests("HectorMetricsTests", ["HectorMetrics", .metrics]),
        tests("HectorProtoTests", ["HectorProto", "HectorLoad", "HectorCore", .protobuf]),
        tests("HectorHandshakeTests", ["HectorHandshake"]),
        tests("HectorRPCTests", ["HectorProgram", "HectorRPC", "HectorProto", "HectorCore", "COpenSSL", .nioCore, .nioPosix, .protobuf, .log]),
        tests("HectorLoadTests", ["HectorLoad", "HectorMesh", "HectorCore"]),
        tests("HectorMeshTests", ["HectorMesh", "HectorLoad"]),
        tests("HectorPluginTests", ["HectorPlugin", "HectorLoad", "HectorRPC", "HectorProto", "HectorProviders", "HectorCore", .nioCore, .nioPosix, .log, .protobuf]),
        tests("HectorBuiltinsTests", ["HectorBuiltins", "HectorDocuments", "TestDocuments", "HectorSQLite", "HectorProviders", "HectorProgram", "HectorProto", "HectorCore", .nioCore, .nioPosix]),
        tests("HectorYAMLTests", ["HectorYAML", "HectorCore"]),
        tests("HectorConfigTests", ["HectorConfig", "HectorYAML", "HectorCore"]),
        tests("HectorDiscoveryTests", ["HectorDiscovery", "HectorCore"]),
        tests("HectorDocumentsTests", ["HectorDocuments", "HectorProviders", "HectorCore"]),
        tests("LabTests", ["mesh-probe", "mesh-load", "mesh-streams", "hector", "hector-plugin-agent", "echo-llm", "moody-llm"]),
        tests("HectorTrustTests", ["HectorCore", "HectorTrust", "HectorRPC", "TestCertificates", .log]),
        tests("HectorPluginsTests", [
            "HectorCore",
            "HectorProgram",
            "HectorPlugins", "HectorHandshake", "HectorRPC", "HectorProto", "HectorYAML", "orphan-maker", "moody-llm", "echo-llm",
            "ageing-llm", "host-probe",
            .nioCore, .nioPosix, .log, .lifecycle,
        ]),
        tests("InteropTests", excluding: ["python", "go-host", "go-server", "http", "matrix", "postgres", "mcp"], [
            "HectorProgram",
            "HectorPlugins", "HectorTrust", "HectorRPC", "HectorProto", "echo-server", "interop-peer", "echo-llm",
            "hector-plugin-agent", "HectorAPI", "HectorAgents", "HectorMesh", "HectorProviders", "HectorCore", "TestCertificates",
            .nioCore, .nioPosix, .protobuf, .log, .lifecycle,
        ]),
        tests("hectorTests", [
            "HectorProgram",
            "hector", "HectorAPI", "HectorAgents", "HectorMesh", "HectorProviders", "HectorConfig", "HectorCore", .nioCore, .log, .lifecycle,
        ]),
        tests("HectorHostTests", [
            "HectorHost", "HectorAgents", "HectorConfig", "HectorCore", "HectorDocuments", "HectorStore", "HectorLoad", "HectorMembership", "HectorMesh", "HectorMetrics",
            "HectorRPC", "HectorTrust", "HectorProto", "HectorProviders", .nioCore, .nioPosix, .log, .protobuf,
        ]),
        tests("HectorMembershipTests", [
            "HectorMembership", "HectorLoad", "HectorMesh", "HectorRPC", "HectorTrust", "HectorDiscovery", "HectorProto", "HectorCore", "TestCertificates", .nioCore, .nioPosix, .log,
            .protobuf,
        ]),
        tests("HectorNodeHostTests", [
            "HectorNodeHost", "HectorConfig", "HectorYAML", "HectorDiscovery", "HectorLoad", "HectorPlugins", "HectorRPC", "HectorProto", "HectorCore",
            "HectorTrust", "TestCertificates", .nioCore, .nioPosix, .log, .protobuf,
        ]),
        tests("HectorAgentsTests", ["HectorCore", "HectorAgents", "HectorProviders", "ScriptedProviders"]),
        tests("HectorAPITests", [
            "HectorProgram",
            "HectorAPI", "HectorAgents", "HectorMesh", "HectorMetrics", "HectorProviders", "HectorCore", "ScriptedProviders",
            .hummingbird, .hummingbirdTesting, .nioCore, .nioPosix, .nioEmbedded, .nioHTTP1, .log, .lifecycle,
        ]),
        tests("IntegrationTests", [
            "HectorAPI", "HectorAgents", "HectorDocuments", "TestDocuments", "HectorBuiltins", "HectorHost", "HectorConfig", "HectorMesh", "HectorPlugins", "HectorProviders", "ConformanceProviders", "HectorCore", "HectorLoad", "HectorProto",
            "HectorRPC", "HectorTrust", .nioPosix, .protobuf, "hector", "hector-plugin-agent", "hector-plugins", "actor", "echo-llm", "calculator", "sums", "conformance-plugin", "faulty-plugin", "template-llm", "template-database", "template-embedder", "template-tool", "template-strategy", "foreign-embedder", "moody-llm", "engine", "paced-llm", "TestCertificates", .log,
            .lifecycle,
        ]),
        tests("LimitsTests", [
            "HectorAPI", "HectorAgents", "HectorBuiltins", "HectorConfig", "HectorCore", "HectorDiscovery", "HectorDocuments", "HectorHandshake", "HectorHost", "HectorLogging",
            "HectorMembership", "HectorMesh", "HectorMetrics", "HectorNodeHost", "HectorPlugins", "HectorProto", "HectorProviders", "HectorRPC", "HectorStore", "HectorTrust", "HectorYAML", .log,
            .nioCore,
        ]),
        tests("TidyTests", []),
    ] + fuzzing,
    swiftLanguageModes: [.v6]
)

// HECTOR_TESTS=NAME,NAME: the package is those test targets and what they need. For sanitizers, under which all is built anew.
if let names = Context.environment["HECTOR_TESTS"] {
    var wanted = Set(names.split(separator: ",").map(String.init))
    // Targets stand in the order of their layers: what needs others stands behind them.
    for target in package.targets.reversed() where wanted.contains(target.name) {
        for case .byNameItem(let name, _) in target.dependencies { wanted.insert(name) }
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products = []
    for target in package.targets where target.isTest { target.dependencies.append("CThreadSanitizer") }
    package.targets += [
        .target(name: "CThreadSanitizer", path: "Tests/Fixtures/thread-sanitizer"),
        program("sanitizer-check", path: "Tests/Fixtures/sanitizer-check", ["CThreadSanitizer"]),
    ]
}
