/// Who may import whom among the targets of this package; `docs/ARCHITECTURE.md` says the same for people.
///
/// The compiler does not say it: it lets a target import what its dependencies depend on.
struct Layers {
    var allowed: [String: Set<String>]

    static let hector: Layers = {
        let systemLibraries: Set = ["CNghttp2", "COpenSSL", "CZlib", "CYAML", "CAvahi", "CProcess"]
        let below: Set = [
            "HectorCore", "HectorRPC", "HectorHandshake", "HectorProto", "HectorYAML", "HectorMesh", "HectorProviders", "HectorPlugins",
            "HectorDiscovery", "HectorMembership", "HectorTrust", "HectorConfig", "HectorLogging", "HectorProgram",
        ]
        var allowed: [String: Set<String>] = [
            "HectorCore": [],
            "HectorProto": ["HectorCore"],
            "HectorHandshake": ["HectorCore"],
            "HectorLogging": ["HectorCore"],
            "HectorYAML": ["HectorCore", "CYAML"],
            "HectorRPC": ["HectorCore", "HectorProto", "CNghttp2", "COpenSSL", "CZlib"],
            "HectorMesh": ["HectorCore"],
            "HectorProviders": ["HectorProto", "HectorCore"],
            "HectorPlugin": ["HectorProviders", "HectorRPC", "HectorProto", "HectorHandshake", "HectorCore", "HectorLogging"],
            "HectorPlugins": ["HectorRPC", "HectorProto", "HectorHandshake", "HectorYAML", "HectorCore", "CProcess"],
            "HectorDiscovery": ["HectorCore", "CAvahi"],
            "HectorTrust": ["HectorRPC", "HectorProto", "HectorCore", "COpenSSL"],
            "HectorMembership": ["HectorRPC", "HectorProto", "HectorMesh", "HectorDiscovery", "HectorTrust", "HectorCore"],
            "HectorConfig": ["HectorYAML", "HectorCore"],
            "HectorProgram": ["HectorLogging", "HectorCore"],
            "HectorAgents": ["HectorProviders", "HectorProto", "HectorCore"],
            "HectorAPI": ["HectorAgents", "HectorMesh", "HectorProviders", "HectorProto", "HectorCore"],
            "HectorHost": below.union(["HectorAPI", "HectorAgents"]),
            "HectorNodeHost": below,
            "hector-plugin-agent": ["HectorNodeHost", "HectorConfig", "HectorProto", "HectorCore", "HectorLogging", "HectorProgram"],
            "hector": ["HectorHost", "HectorAPI", "HectorConfig", "HectorPlugins", "HectorProto", "HectorCore", "HectorLogging", "HectorProgram"],
        ]
        for library in systemLibraries { allowed[library] = [] }
        return Layers(allowed: allowed)
    }()

    /// Modules of others that only these targets may import: HTTP, sockets, and what would make the mesh impure.
    static let restricted: [String: Set<String>] = [
        "Hummingbird": ["HectorAPI"],
        "HummingbirdCore": ["HectorAPI"],
        "AsyncHTTPClient": ["hector"],
        "ArgumentParser": ["hector", "hector-plugin-agent"],
        "UnixSignals": ["HectorProgram", "hector"],
        "NIOPosix": ["HectorRPC", "HectorPlugin", "HectorPlugins", "HectorHost", "HectorNodeHost", "hector"],
    ]
    /// All that a target may import that is not of this package, where that is little.
    static let outside: [String: Set<String>] = [
        "HectorCore": ["Dispatch", "Glibc", "Synchronization"],
        "HectorMesh": ["Synchronization"],
        "HectorProviders": [],
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
                    Self.restricted[module]?.contains(file.target) ?? true
                        && Self.outside[file.target]?.contains(module) ?? true
                }
            return isFine ? nil : "\(file.path):\(line): \(file.target) may not import \(module)"
        }
    }
}
