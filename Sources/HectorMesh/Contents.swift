package import HectorCore

/// Other content under a name that is taken: a plugin of its own.
package struct OtherContent: Sendable, Equatable {
    /// What it is called by: `NAME@DIGEST`, the digest cut.
    package let plugin: PluginKey
    /// The name that it is offered under.
    package let name: String
    package let digest: String
    /// The machines that have it, sorted.
    package let hosts: [String]

    package init(plugin: PluginKey, name: String, digest: String, hosts: [String]) {
        self.plugin = plugin
        self.name = name
        self.digest = digest
        self.hosts = hosts
    }
}

/// Which content a name stands for. The first that comes under a name has the name; another, told apart by its digest, is a plugin of
/// its own, so that no call mixes them. What was decided stays so for as long as the program runs.
struct Contents: Sendable {
    private struct Content: Sendable {
        let digest: String
        let plugin: PluginKey
    }

    /// By the name that is offered, the one that has it first.
    private var contents: [PluginKey: [Content]] = [:]
    private let limits: MeshLimits

    init(limits: MeshLimits) { self.limits = limits }

    /// The plugin that the content is, which is the name's own where no other has it.
    mutating func plugin(for digest: String, under name: PluginKey) -> PluginKey {
        let known = contents[name] ?? []
        if let content = known.first(where: { $0.digest == digest }) { return content.plugin }
        // What is not remembered would be another plugin the next time: it shares the name, and is not used there.
        guard contents.count < limits.namesWithContents || !known.isEmpty, known.count < limits.contentsPerName else { return name }
        let plugin = known.isEmpty ? name : PluginKey(name.kind, "\(name.name)@\(Self.short(digest))")
        contents[name, default: []].append(Content(digest: digest, plugin: plugin))
        return plugin
    }

    /// The plugins whose content's digest begins so, with or without its algorithm: `NAME@DIGEST`.
    func plugins(meant name: String, _ kind: PluginKind) -> [PluginKey] {
        guard let at = name.lastIndex(of: "@") else { return [] }
        let digits = name[name.index(after: at)...]
        guard digits.utf8.count >= limits.leastDigestDigits else { return [] }
        return (contents[PluginKey(kind, String(name[..<at]))] ?? []).filter { content in
            content.digest.hasPrefix(digits) || content.digest.split(separator: ":").last?.hasPrefix(digits) == true
        }.map(\.plugin)
    }

    /// The plugins of the contents under that name, the name's own first.
    func plugins(under name: PluginKey) -> [PluginKey] { contents[name]?.map(\.plugin) ?? [] }

    /// Contents that have a name of their own, since theirs is taken.
    var others: [(plugin: PluginKey, name: String, digest: String)] {
        contents.flatMap { name, contents in contents.dropFirst().map { ($0.plugin, name.name, $0.digest) } }
    }

    /// The algorithm and 12 digits, enough to tell the contents of one name apart; printable, whatever was told.
    private static func short(_ digest: String) -> String {
        let parts = digest.split(separator: ":", maxSplits: 1)
        let short = parts.count == 2 ? "\(parts[0].prefix(12)):\(parts[1].prefix(12))" : String(digest.prefix(12))
        guard Label.isName(short) else { return Label.of("digest \(digest)") }
        return short
    }
}
