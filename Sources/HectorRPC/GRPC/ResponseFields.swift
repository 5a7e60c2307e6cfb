/// The fields of which responses are made: what begins them, and what ends them.
enum ResponseFields {
    /// What begins every response, and ends every one that went well.
    static let head: HeaderFields = {
        var head = HeaderFields()
        head.append(":status", "200" as StaticString)
        head.append("content-type", "application/grpc" as StaticString)
        return head
    }()
    static let sharedHead = SharedHeaderFields(head)
    static let success: Trailers = {
        var trailers = HeaderFields()
        trailers.append("grpc-status", "0" as StaticString)
        return .shared(SharedHeaderFields(trailers))
    }()

    /// Bytes of trailers that describe a failure or are added by a forwarder, so that peers that accept only 8 KiB still
    /// receive the status.
    static let longestTrailers = 8192

    /// Adds the status of a call: nil is success.
    static func append(_ failure: RPCError?, to fields: inout HeaderFields) {
        fields.append("grpc-status", "\((failure?.code ?? .ok).rawValue)")
        if let message = failure?.message, !message.isEmpty {
            fields.append("grpc-message", PercentEncoding.encode(message, atMost: PercentEncoding.longestMessage))
        }
    }

    /// Adds to fields that are on their way, replacing those with the same name. Never exceeds the size that callers accept.
    static func add(_ metadata: Metadata, toForwarded fields: inout HeaderFields) {
        guard !metadata.isEmpty else { return }
        fields = fields.dropping(metadata)
        append(metadata, to: &fields, limit: longestTrailers)
    }

    /// What may not be sent, or is too much, is left out: a handler's slip must not break the call.
    static func append(_ metadata: Metadata, to fields: inout HeaderFields, limit: Int) {
        for entry in metadata.entries where Metadata.problem(entry) == nil {
            let size = fields.listSize + entry.name.utf8.count + entry.value.utf8.count + 32
            if size <= limit { fields.append(entry.name, entry.value) }
        }
    }
}

extension HeaderFields {
    /// Without fields that have a name of the metadata, and with room for it.
    fileprivate func dropping(_ metadata: Metadata) -> HeaderFields {
        var all = HeaderFields(reservingBytes: metadata.entries.reduce(listSize) { $0 + $1.name.utf8.count + $1.value.utf8.count + 8 })
        forEach { name, value in
            let isReplaced = metadata.entries.contains { name.elementsEqual($0.name.utf8) && Metadata.problem($0) == nil }
            if !isReplaced { all.append(name, value) }
        }
        return all
    }

    /// Of a request that is passed on: with this metadata in place of fields of the same name.
    func replacing(_ metadata: Metadata) -> HeaderFields {
        guard !metadata.isEmpty else { return self }
        var all = dropping(metadata)
        all.append(metadata)
        return all
    }
}
