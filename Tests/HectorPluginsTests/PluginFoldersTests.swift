import Foundation
import HectorPlugins
import Testing

@Suite struct PluginFoldersTests {
    private func manifest(_ name: String) -> String.UTF8View {
        "plugin: {name: \(name), version: 1.0.0, type: llm_provider, protocol: grpc}".utf8
    }

    @Test func findsInOrderAndReportsWhatIsWrong() throws {
        let workshop = try Workshop()
        try workshop.write("plugins/b.plugin.yaml", manifest("second"))
        try workshop.write("plugins/a.plugin.yaml", manifest("first"))
        try workshop.write("plugins/c.plugin.yaml", manifest("first"))
        try workshop.write("plugins/d.plugin.yaml", manifest("Not_A_Name"))
        try workshop.write("plugins/e.plugin.yaml", "plugin: [".utf8)
        try workshop.write("plugins/deep/er/f.plugin.yaml", manifest("deep"))
        try FileManager.default.createSymbolicLink(atPath: workshop.path + "/plugins/deep/loop", withDestinationPath: workshop.path + "/plugins")

        let flat = PluginFolders.search(["~/plugins"], subfolders: false, home: workshop.path)
        #expect(flat.plugins.map(\.manifest.name) == ["first", "second"])
        #expect(flat.plugins.first?.executable == workshop.path + "/plugins/a")
        #expect(flat.problems.map(\.code) == [.manifest, .manifest, .manifest])

        let deep = PluginFolders.search([workshop.path + "/plugins"], subfolders: true, home: nil)
        #expect(deep.plugins.map(\.manifest.name) == ["first", "second", "deep"])
    }

    @Test func boundsTheSearch() throws {
        let workshop = try Workshop()
        for number in 0..<20 { try workshop.write("many/p\(number).plugin.yaml", manifest("p\(number)")) }
        var limits = PluginLimits()
        limits.manifests = 5
        let result = PluginFolders.search([workshop.path + "/many", workshop.path + "/many"], subfolders: true, home: nil, limits: limits)
        #expect(result.plugins.count == 5)
        #expect(result.problems.count == 1)
    }

    /// The usual paths are named on every machine, and exist on few.
    @Test func directoriesThatDoNotExistAreSkippedWithOneWarning() throws {
        let workshop = try Workshop()
        try workshop.write("plugins/echo.plugin.yaml", manifest("echo"))
        let result = PluginFolders.search(
            ["/nowhere/plugins", workshop.path + "/plugins", "~/.hector/plugins"], subfolders: true, home: "/nowhere")
        #expect(result.problems.isEmpty && result.plugins.map(\.manifest.name) == ["echo"])
        #expect(result.warning == "plugin_discovery.paths: skipped, because they do not exist: '/nowhere/plugins', '/nowhere/.hector/plugins'")
        #expect(PluginFolders.search([workshop.path + "/plugins"], subfolders: true, home: nil).warning == nil)
    }
}
