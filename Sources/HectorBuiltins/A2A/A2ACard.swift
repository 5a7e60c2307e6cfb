internal import HectorCore
internal import HectorPlugin

/// What an A2A agent says of itself: its card, of 1.0 or 0.3. A pure value (https://a2a-protocol.org/latest/specification/).
struct A2ACard: Sendable, Equatable {
    /// The two forms of JSON-RPC.
    enum Form: Sendable { case v1, v03 }

    let name: String
    /// For the model: what it is, and its skills.
    let description: String
    let form: Form
    /// The path of its address of JSON-RPC: its host is the one that the configuration names.
    let path: String
    let streams: Bool

    /// Why a card cannot be used, in words that follow the card's address.
    struct Unusable: Error, Equatable {
        let reason: String
    }

    /// - Parameter most: Bytes of the description.
    init(_ json: JSONText, most: Int) throws(Unusable) {
        guard json.kind == .object, let name = json["name"]?.string, !name.isEmpty else { throw Unusable(reason: "is no card of an A2A agent") }
        self.name = singleLine(name, limit: 100)
        var found: (form: Form, url: String)?
        var others: [String] = []
        json["supportedInterfaces"]?.forEachElement { _, interface in
            guard let url = interface["url"]?.string else { return }
            let (binding, version) = (interface["protocolBinding"]?.string ?? "", interface["protocolVersion"]?.string ?? "1.0")
            switch (binding.uppercased(), version) {
            case ("JSONRPC", _) where version == "1" || version.hasPrefix("1."): if found?.form != .v1 { found = (.v1, url) }
            case ("JSONRPC", _) where version.hasPrefix("0.3"): found = found ?? (.v03, url)
            default: others.append("\(singleLine(binding, limit: 20)) \(singleLine(version, limit: 10))")
            }
        }
        if found == nil, let url = json["url"]?.string {
            let transport = json["preferredTransport"]?.string ?? "JSONRPC"
            if transport.uppercased() == "JSONRPC" { found = (.v03, url) } else { others.append(singleLine(transport, limit: 20)) }
            json["additionalInterfaces"]?.forEachElement { _, interface in
                if found == nil, interface["transport"]?.string?.uppercased() == "JSONRPC", let url = interface["url"]?.string { found = (.v03, url) }
            }
        }
        guard let found else {
            let spoken = others.isEmpty ? "" : "; it offers \(others.prefix(5).joined(separator: ", "))"
            throw Unusable(reason: "names no interface of JSON-RPC in A2A 1.0 or 0.3\(spoken)")
        }
        guard let address = WebAddress(found.url) else { throw Unusable(reason: "names the address \(quoted(singleLine(found.url, limit: 200))), which is not one of http or https") }
        form = found.form
        path = address.path
        streams = json["capabilities"]?["streaming"]?.bool ?? false
        var words = "Asks the agent \(self.name)."
        if let text = json["description"]?.string, !text.isEmpty { words += " \(singleLine(text, limit: 2_000))" }
        var skills: [String] = []
        json["skills"]?.forEachElement { _, skill in
            guard skills.count < 32, let name = skill["name"]?.string ?? skill["id"]?.string else { return }
            skills.append(singleLine(name, limit: 80) + (skill["description"]?.string.map { ": \(singleLine($0, limit: 300))" } ?? ""))
        }
        if !skills.isEmpty { words += " Skills: \(skills.joined(separator: "; "))." }
        description = String(decoding: words.utf8.prefix(most), as: UTF8.self)
    }
}
