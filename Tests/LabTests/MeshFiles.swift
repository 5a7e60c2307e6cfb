import Foundation

/// Certificates and configurations of a mesh: one host, and a node on every host of the lab that wants one.
struct MeshFiles {
    private let folder: URL
    private static let nodes = 2...3

    /// - Parameter mesh: Its name.
    init(_ mesh: String) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "mesh-files-\(mesh)")
        let makeCertificates = Process()
        makeCertificates.executableURL = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "certs/make-dev-certs")
        makeCertificates.arguments =
            [folder.path, "--mesh", mesh, "--host", "h1"] + Self.nodes.flatMap { ["--agent", "\(Self.id($0))=echo-llm"] }
        try await makeCertificates.output()

        // The plugin has no path: it runs elsewhere.
        try write("host.yaml", """
            mesh:
              name: \(mesh)
              tls: {ca: ca.pem, certificate: host-h1.pem, key: host-h1.key}
            plugins:
              llm_providers:
                echo-llm: {}
            agents:
              parrot: {llm: echo-llm}
            """)
        for node in Self.nodes {
            let name = "agent-\(Self.id(node))"
            try write("node\(node).yaml", """
                mesh:
                  name: \(mesh)
                  tls: {ca: ca.pem, certificate: \(name).pem, key: \(name).key}
                plugins:
                  llm_providers:
                    echo-llm: {path: \(Lab.program("echo-llm"))}
                """)
        }
    }

    /// Certificates and keys.
    var certificates: String { folder.path }

    var host: String { folder.appending(path: "host.yaml").path }

    func node(_ host: Int) -> String { folder.appending(path: "node\(host).yaml").path }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    static func id(_ node: Int) -> String { "gpu-\(node)" }

    private func write(_ name: String, _ text: String) throws {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
}
