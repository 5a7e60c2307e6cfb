/// Who may import whom among the targets of this package; `docs/ARCHITECTURE.md` says the same for people.
///
/// The compiler does not say it: it lets a target import what its dependencies depend on.
struct Layers {
    var allowed: [String: Set<String>]

    static let hector: Layers = {
        let systemLibraries: Set = ["CNghttp2", "COpenSSL", "CZlib", "CYAML", "CAvahi", "CSQLite", "CPostgres", "CProcess"]
        var allowed: [String: Set<String>] = [
            "HectorCore": [],
            "HectorProto": ["HectorLoad", "HectorCore"],
            "HectorLoad": ["HectorCore"],
            "HectorHandshake": ["HectorCore"],
            "HectorLogging": ["HectorCore"],
            "HectorYAML": ["HectorCore", "CYAML"],
            "HectorMetrics": [],
            "HectorSQLite": ["CSQLite"],
            "HectorRPC": ["HectorCore", "HectorProto", "CNghttp2", "COpenSSL", "CZlib"],
            "HectorMesh": ["HectorLoad", "HectorCore"],
            "HectorProviders": ["HectorProto", "HectorCore"],
            "HectorDocuments": ["HectorProviders", "HectorCore"],
            "HectorPlugin": ["HectorLoad", "HectorProviders", "HectorRPC", "HectorProto", "HectorHandshake", "HectorCore", "HectorLogging"],
            // The only place with drivers of databases and a client for HTTP.
            "HectorBuiltins": [
                "HectorPlugin", "HectorDocuments", "HectorProviders", "HectorProto", "HectorCore", "HectorSQLite", "COpenSSL", "CZlib", "CPostgres", "CProcess",
            ],
            "hector-plugins": ["HectorBuiltins", "HectorPlugin", "HectorProgram", "HectorCore"],
            "HectorPlugins": ["HectorRPC", "HectorProto", "HectorHandshake", "HectorYAML", "HectorCore", "CProcess"],
            "HectorDiscovery": ["HectorCore", "CAvahi"],
            "HectorTrust": ["HectorRPC", "HectorProto", "HectorCore", "COpenSSL"],
            "HectorMembership": ["HectorRPC", "HectorProto", "HectorLoad", "HectorMesh", "HectorDiscovery", "HectorTrust", "HectorCore"],
            "HectorConfig": ["HectorYAML", "HectorCore"],
            "HectorProgram": ["HectorLogging", "HectorCore"],
            "HectorStore": ["HectorSQLite", "HectorCore"],
            "HectorAgents": ["HectorDocuments", "HectorProviders", "HectorProto", "HectorCore"],
            "HectorAPI": ["HectorAgents", "HectorDocuments", "HectorMesh", "HectorMetrics", "HectorProviders", "HectorProto", "HectorCore"],
            "HectorHost": [
                "HectorAPI", "HectorAgents", "HectorConfig", "HectorCore", "HectorDiscovery", "HectorDocuments", "HectorLoad", "HectorMembership", "HectorMesh",
                "HectorMetrics", "HectorPlugins", "HectorProgram", "HectorProto", "HectorProviders", "HectorRPC", "HectorStore", "HectorTrust",
            ],
            // Who lends plugins routes no calls and has no agents: it needs neither the mesh nor an HTTP server.
            "HectorNodeHost": [
                "HectorConfig", "HectorCore", "HectorDiscovery", "HectorLoad", "HectorPlugins", "HectorProgram", "HectorProto", "HectorRPC", "HectorStore", "HectorTrust",
            ],
            "hector-plugin-agent": ["HectorNodeHost", "HectorConfig", "HectorProto", "HectorCore", "HectorLogging", "HectorProgram"],
            "hector": ["HectorHost", "HectorAPI", "HectorConfig", "HectorMetrics", "HectorPlugins", "HectorProto", "HectorCore", "HectorLogging", "HectorProgram"],
        ]
        for library in systemLibraries { allowed[library] = [] }
        return Layers(allowed: allowed)
    }()

    /// The layers of `docs/ARCHITECTURE.md`, the lowest first.
    static let levels: [Set<String>] = [
        ["HectorCore", "CNghttp2", "COpenSSL", "CZlib", "CYAML", "CAvahi", "CSQLite", "CPostgres", "CProcess"],
        ["HectorRPC", "HectorLoad", "HectorLogging", "HectorHandshake", "HectorProto", "HectorYAML", "HectorMetrics", "HectorSQLite"],
        ["HectorMesh", "HectorDiscovery", "HectorProviders", "HectorDocuments"],
        [
            "HectorAPI", "HectorAgents", "HectorPlugins", "HectorMembership", "HectorTrust", "HectorConfig", "HectorPlugin", "HectorProgram", "HectorBuiltins", "HectorStore",
        ],
        ["HectorHost", "HectorNodeHost"],
        ["hector", "hector-plugin-agent", "hector-plugins"],
    ]
    /// The only imports within a layer.
    static let siblings: [String: Set<String>] = [
        "HectorDocuments": ["HectorProviders"],
        "HectorProto": ["HectorLoad"],
        "HectorRPC": ["HectorProto"],
        "HectorAPI": ["HectorAgents"],
        "HectorMembership": ["HectorTrust"],
        "HectorBuiltins": ["HectorPlugin"],
    ]

    /// Modules of others that only these targets may import: HTTP, sockets, and what would make the mesh impure.
    static let restricted: [String: Set<String>] = [
        "Hummingbird": ["HectorAPI"],
        "HummingbirdCore": ["HectorAPI"],
        "HTTPTypes": ["HectorAPI"],
        "NIOHTTPTypes": ["HectorAPI"],
        "NIOHTTPTypesHTTP1": ["HectorAPI"],
        "NIOHTTP1": ["HectorAPI", "HectorBuiltins", "hector"],
        "AsyncHTTPClient": ["HectorBuiltins", "hector"],
        "CoreMetrics": ["HectorMetrics", "HectorAPI", "HectorHost", "hector"],
        "ArgumentParser": ["hector", "hector-plugin-agent", "hector-plugins"],
        "UnixSignals": ["HectorProgram", "hector"],
        // With its tables for all languages it is larger than everything else that a program links.
        "Foundation": [],
        // Its small part: `Data` in generated code and what it calls, base64, JSON and dates.
        "FoundationEssentials": [
            "HectorProto", "HectorRPC", "HectorHandshake", "HectorPlugins", "HectorBuiltins", "HectorTrust", "HectorAPI", "HectorHost", "hector", "hector-plugin-agent",
        ],
        "NIOPosix": ["HectorRPC", "HectorPlugin", "HectorPlugins", "HectorBuiltins", "HectorHost", "HectorNodeHost", "hector"],
    ]
    /// All that a target may import that is not of this package, where that is little.
    static let outside: [String: Set<String>] = [
        "HectorCore": ["Dispatch", "Glibc", "Synchronization"],
        "HectorMesh": ["Synchronization"],
        "HectorMetrics": ["CoreMetrics", "Synchronization"],
        "HectorProviders": ["Synchronization"],
    ]

    func violations(in file: SourceFile) -> [String] {
        guard let allowed = allowed[file.target] else {
            return ["\(file.path): the target \(file.target) is not in the table of Layers.swift"]
        }
        return file.imports.compactMap { module, line in
            guard module != file.target else { return nil }
            let isFine =
                if self.allowed[module] != nil {
                    allowed.contains(module)
                } else {
                    // Generated code has Foundation for systems that this one does not run on.
                    file.isGenerated || Self.restricted[module]?.contains(file.target) ?? true
                        && Self.outside[file.target]?.contains(module) ?? true
                }
            return isFine ? nil : "\(file.path):\(line): \(file.target) may not import \(module)"
        }
    }
}
