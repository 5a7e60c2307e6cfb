/// Events in, one tree out. Pure: neither file nor libyaml is known here.
struct YAMLTree {
    /// A sequence or mapping that is not complete yet.
    private struct Frame {
        let properties: YAMLProperties
        let isMapping: Bool
        var items: [YAMLNode] = []
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        /// The key whose value comes next.
        var key: YAMLNode.Key?
        /// The value of a `<<` key.
        var merged: [YAMLNode] = []
        var size = 1
        var height = 1
    }

    private enum Anchored {
        case open
        case complete(YAMLNode)
    }

    private static let mergeKey = "<<"

    private let file: String
    private let limits: YAMLLimits
    private var frames: [Frame] = []
    private var anchors: [String: Anchored] = [:]
    private var hasDocument = false
    /// Complete when the stream has ended; nothing was written when it is nil then.
    private(set) var root: YAMLNode?
    /// What is wrong, yet leaves a tree that can be read on, so that everything is told at once.
    private(set) var problems: [Diagnostic] = []

    init(file: String, limits: YAMLLimits) {
        self.file = file
        self.limits = limits
    }

    /// Takes the next event. A throw says that no tree will come of it.
    mutating func add(_ event: YAMLEvent) throws(InvalidYAML) {
        switch event {
        case .documentStart(let position):
            guard !hasDocument else {
                throw failure(position, "a second document begins here: one file holds one document, remove the '---'")
            }
            hasDocument = true
        case .scalar(let text, let style, let properties):
            noteTag(properties)
            let node = YAMLNode(content: .scalar(text, style), position: properties.position, size: 1, height: 0)
            remember(node, as: properties.anchor)
            try place(node, at: properties.position)
        case .sequenceStart(let properties):
            try open(Frame(properties: properties, isMapping: false))
        case .mappingStart(let properties):
            try open(Frame(properties: properties, isMapping: true))
        case .end:
            guard let frame = frames.popLast() else { return }
            let node = YAMLNode(
                content: frame.isMapping ? .mapping(Self.merge(frame)) : .sequence(frame.items),
                position: frame.properties.position, size: frame.size, height: frame.height)
            remember(node, as: frame.properties.anchor)
            try place(node, at: frame.properties.position)
        case .alias(let name, let position):
            try place(resolve(name, at: position), at: position)
        case .streamEnd, .other:
            break
        }
    }

    private mutating func open(_ frame: Frame) throws(InvalidYAML) {
        let position = frame.properties.position
        noteTag(frame.properties)
        if let parent = frames.last, parent.isMapping, parent.key == nil {
            throw failure(position, "a key must be text: put a value that begins with '{' or '[' in quotes")
        }
        guard frames.count < limits.depth else { throw tooDeep(position) }
        if let anchor = frame.properties.anchor { anchors[anchor] = .open }
        frames.append(frame)
    }

    private mutating func resolve(_ name: String, at position: Position) -> YAMLNode {
        switch anchors[name] {
        case .complete(let node):
            return node
        case .open:
            note(position, "the anchor \(cited("&" + name)) contains itself: remove the alias")
        case nil:
            note(position, "this alias refers to the anchor \(cited("&" + name)), which is not defined before it")
        }
        return YAMLNode(content: .scalar("", .plain), position: position, size: 1, height: 0)
    }

    private mutating func remember(_ node: YAMLNode, as anchor: String?) {
        if let anchor { anchors[anchor] = .complete(node) }
    }

    /// Puts a complete node where it belongs: root, item, key or value.
    private mutating func place(_ node: YAMLNode, at position: Position) throws(InvalidYAML) {
        guard var frame = frames.popLast() else {
            root = node
            return
        }
        // Popped, changed and pushed back, so that its arrays are never copied.
        defer { frames.append(frame) }
        frame.size += node.size
        frame.height = max(frame.height, node.height + 1)
        guard frame.size <= limits.nodes else {
            throw failure(position, "more than \(limits.nodes) values, aliases counted in full: the file is too large")
        }
        guard frames.count + 1 + node.height <= limits.depth else { throw tooDeep(position) }
        guard frame.isMapping else {
            frame.items.append(node)
            return
        }
        guard let key = frame.key else {
            frame.key = try self.key(node, at: position)
            return
        }
        frame.key = nil
        if let line = frame.lines[key.text] {
            problems.append(diagnostic(
                key.position, path: keyPath(path, key.text), "this key is given twice, first at line \(line): remove one"))
        } else if key.text == Self.mergeKey {
            try merge(node, into: &frame, at: position)
        } else {
            frame.entries.append(YAMLNode.Entry(key: key, value: node))
        }
        if frame.lines[key.text] == nil { frame.lines[key.text] = key.position.line }
    }

    private func key(_ node: YAMLNode, at position: Position) throws(InvalidYAML) -> YAMLNode.Key {
        guard case .scalar(let text, _) = node.content, !text.isEmpty else {
            throw failure(position, "a key must be text: write 'key: value'")
        }
        return YAMLNode.Key(text: text, position: position)
    }

    private func merge(_ node: YAMLNode, into frame: inout Frame, at position: Position) throws(InvalidYAML) {
        let sources: [YAMLNode]
        if case .sequence(let items) = node.content { sources = items } else { sources = [node] }
        for source in sources {
            guard case .mapping = source.content else {
                throw failure(position, "'<<' takes an alias of a mapping, or a list of such aliases")
            }
        }
        frame.merged = sources
    }

    /// The mapping's own entries, then those that `<<` brings; what stands first wins.
    private static func merge(_ frame: Frame) -> [YAMLNode.Entry] {
        var entries = frame.entries
        var taken = Set(frame.lines.keys)
        for case .mapping(let inherited) in frame.merged.map(\.content) {
            for entry in inherited where taken.insert(entry.key.text).inserted { entries.append(entry) }
        }
        return entries
    }

    private mutating func noteTag(_ properties: YAMLProperties) {
        guard properties.isTagged else { return }
        note(properties.position, "tags such as '!!str' are not supported: remove it, and put text in quotes")
    }

    /// The keys that lead to where the next node goes.
    private var path: String {
        frames.reduce("") { path, frame in
            if let key = frame.key { return keyPath(path, key.text) }
            return frame.isMapping ? path : "\(path)[\(frame.items.count)]"
        }
    }

    private mutating func note(_ position: Position, _ message: String) {
        problems.append(diagnostic(position, path: path, message))
    }

    private func tooDeep(_ position: Position) -> InvalidYAML {
        failure(position, "lists and mappings are nested more than \(limits.depth) levels deep")
    }

    private func failure(_ position: Position, _ message: String) -> InvalidYAML {
        InvalidYAML(problems + [diagnostic(position, path: path, message)])
    }

    private func diagnostic(_ position: Position, path: String, _ message: String) -> Diagnostic {
        Diagnostic(file: file, position: position, path: path, message: message)
    }
}
