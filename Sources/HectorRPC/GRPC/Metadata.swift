/// Names and values that travel beside the messages of a call: in front (headers) and behind (trailers).
///
/// Names are lower case. A name that ends in `-bin` has bytes as its value, any other printable ASCII
/// (gRPC over HTTP/2, "Custom-Metadata").
package struct Metadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// A value as it is on the wire: base64 for a `-bin` name.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(value, for: name) }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The first value of an ASCII name.
    package subscript(_ name: String) -> String? {
        entries.first { $0.name == name }?.value
    }

    /// The first value of a `-bin` name; nil where it is absent, not base64, or longer than `limit` bytes.
    package func bytes(_ name: String, atMost limit: Int? = nil) -> [UInt8]? {
        self[name].flatMap { Base64.decode($0.utf8, atMost: limit) }
    }

    /// Adds a value under an ASCII name, without the spaces at its ends: HTTP does not carry them. What HTTP/2 or gRPC keep for themselves is refused when it is sent.
    package mutating func append(_ value: String, for name: String) {
        let trimmed = value.drop { $0 == " " }
        let end = trimmed.lastIndex { $0 != " " }.map(trimmed.index(after:)) ?? trimmed.startIndex
        entries.append(Entry(name: name.lowercased(), value: String(trimmed[..<end])))
    }

    /// Adds bytes; the name gets the suffix `-bin` where it has none.
    package mutating func append(_ bytes: some Collection<UInt8>, forBinary name: String) {
        let name = name.lowercased()
        entries.append(Entry(name: name.hasSuffix("-bin") ? name : name + "-bin", value: Base64.encode(bytes)))
    }

    /// Adds all of another's.
    package mutating func append(_ other: Metadata) { entries += other.entries }

    /// The fields that are neither HTTP's nor gRPC's own.
    init(_ fields: HeaderFields) {
        fields.forEach { name, value in
            guard !Self.isOfTheProtocol(name) else { return }
            entries.append(Entry(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
        }
    }

    private static func isOfTheProtocol(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch name.first {
        case UInt8(ascii: ":"): true
        case UInt8(ascii: "c"): name.equals("content-type")
        case UInt8(ascii: "t"): name.equals("te")
        case UInt8(ascii: "g"): name.equals("grpc-timeout") || name.equals("grpc-encoding") || name.equals("grpc-accept-encoding")
        default: false
        }
    }

    /// Why the entry may not be sent, or nil.
    static func problem(_ entry: Entry) -> String? {
        let name = entry.name.utf8
        guard !name.isEmpty, name.allSatisfy(isNameByte) else { return "'\(entry.name)' is not a metadata name" }
        if entry.name.hasPrefix("grpc-") || reserved.contains(entry.name) { return "'\(entry.name)' is reserved" }
        guard entry.value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return "the value of '\(entry.name)' is not printable ASCII: use a name that ends in -bin"
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static let reserved: Set<String> = ["content-type", "te", "host", "connection", "transfer-encoding", "upgrade"]
}
