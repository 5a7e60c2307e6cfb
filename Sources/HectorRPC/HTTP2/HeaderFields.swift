internal import CNghttp2
internal import Glibc

/// Header fields in order, packed into one buffer, ready for nghttp2.
struct HeaderFields {
    /// For each field the lengths of name and value, four bytes each, then both.
    private var bytes: [UInt8] = []
    private(set) var count = 0

    private static let lengths = 8

    /// What a peer counts against its limit: names, values, and 32 for each field (RFC 9113 §6.5.2).
    var listSize: Int { bytes.count + (32 - Self.lengths) * count }

    init(reservingBytes count: Int = 0) {
        if count > 0 { bytes.reserveCapacity(count) }
    }

    mutating func append(_ name: StaticString, _ value: StaticString) {
        append(name.utf8, value.utf8)
    }

    mutating func append(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { append(name.utf8, $0) }
    }

    mutating func append(_ name: String, _ value: String) {
        var name = name
        var value = value
        name.withUTF8 { name in value.withUTF8 { append(name, $0) } }
    }

    mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        withUnsafeBytes(of: (UInt32(name.count), UInt32(value.count))) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        count += 1
    }

    mutating func append(_ metadata: Metadata) {
        for entry in metadata.entries { append(entry.name, entry.value) }
    }

    /// The value of the first field of that name.
    subscript(_ name: StaticString) -> String? {
        withValue(name) { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands over the value of the first field of that name, where there is one.
    func withValue<R>(_ name: StaticString, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
        var result: R?
        forEach { if result == nil, $0.equals(name) { result = body($1) } }
        return result
    }

    func forEach(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            guard let base = all.baseAddress else { return }
            let raw = UnsafeRawBufferPointer(all)
            var position = 0
            for _ in 0..<count {
                let nameCount = Int(raw.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                let valueCount = Int(raw.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
                let name = base + position + Self.lengths
                body(
                    UnsafeBufferPointer(start: name, count: nameCount),
                    UnsafeBufferPointer(start: name + nameCount, count: valueCount))
                position += Self.lengths + nameCount + valueCount
            }
        }
    }

    /// nghttp2 copies names and values before the body returns.
    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        // The outer closure keeps the bytes in place.
        bytes.withUnsafeBufferPointer { _ in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(count, 1)) { fields in
                var index = 0
                forEach { name, value in
                    fields[index] = nghttp2_nv(name, value)
                    index += 1
                }
                return body(UnsafePointer(fields.baseAddress), count)
            }
        }
    }
}

/// What begins a request: made of what all requests of a connection share, and what is this one's own.
struct RequestHead {
    /// The same for all requests of a connection.
    struct Common {
        fileprivate var pseudo = HeaderFields()
        fileprivate var regular = HeaderFields()

        init(scheme: StaticString, authority: String) {
            pseudo.append(":method", "POST" as StaticString)
            pseudo.append(":scheme", scheme)
            pseudo.append(":authority", authority)
            regular.append("te", "trailers" as StaticString)
            regular.append("content-type", "application/grpc" as StaticString)
            regular.append("user-agent", "hector-rpc" as StaticString)
        }
    }

    let common: Common
    let path: String
    var own = HeaderFields()

    init(common: Common, path: String) {
        self.common = common
        self.path = path
    }

    var listSize: Int { common.pseudo.listSize + 5 + path.utf8.count + 32 + common.regular.listSize + own.listSize }

    /// In the order that HTTP/2 asks for: pseudo-fields first (RFC 9113 §8.3).
    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        var path = path
        return path.withUTF8 { path in
            common.pseudo.withNameValues { pseudo, pseudoCount in
                common.regular.withNameValues { regular, regularCount in
                    own.withNameValues { own, ownCount in
                        let count = pseudoCount + 1 + regularCount + ownCount
                        return withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
                            var end = 0
                            func add(_ parts: UnsafePointer<nghttp2_nv>?, _ count: Int) {
                                _ = fields[end...].update(fromContentsOf: UnsafeBufferPointer(start: parts, count: count))
                                end += count
                            }
                            add(pseudo, pseudoCount)
                            fields[end] = nghttp2_nv((":path" as StaticString).utf8, path)
                            end += 1
                            add(regular, regularCount)
                            add(own, ownCount)
                            return body(UnsafePointer(fields.baseAddress), count)
                        }
                    }
                }
            }
        }
    }
}

extension nghttp2_nv {
    fileprivate init(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // nghttp2's interface lacks `const`; it only reads.
        self.init(
            name: UnsafeMutablePointer(mutating: name.baseAddress), value: UnsafeMutablePointer(mutating: value.baseAddress),
            namelen: name.count, valuelen: value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
    }
}

extension StaticString {
    fileprivate var utf8: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}

extension UnsafeBufferPointer<UInt8> {
    func equals(_ text: StaticString) -> Bool {
        guard let baseAddress, count == text.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, text.utf8Start, count) == 0
    }

    func hasPrefix(_ text: StaticString) -> Bool {
        guard let baseAddress, count >= text.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}
