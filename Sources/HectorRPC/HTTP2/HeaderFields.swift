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
        let length = Self.lengths + name.count + value.count
        // Put together first: an array grows by one piece at a quarter of the cost of three.
        withUnsafeTemporaryAllocation(byteCount: length, alignment: 4) { field in
            field.storeBytes(of: UInt32(name.count), toByteOffset: 0, as: UInt32.self)
            field.storeBytes(of: UInt32(value.count), toByteOffset: 4, as: UInt32.self)
            UnsafeMutableRawBufferPointer(rebasing: field[Self.lengths...]).copyMemory(from: UnsafeRawBufferPointer(name))
            UnsafeMutableRawBufferPointer(rebasing: field[(Self.lengths + name.count)...]).copyMemory(from: UnsafeRawBufferPointer(value))
            bytes.append(contentsOf: UnsafeRawBufferPointer(field))
        }
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
        withValue(name.utf8, body)
    }

    func withValue<R>(named name: String, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
        var name = name
        return name.withUTF8 { withValue($0, body) }
    }

    private func withValue<R>(_ name: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
        bytes.withUnsafeBufferPointer { all in
            var position = 0
            for _ in 0..<count {
                let field = Self.field(all, &position)
                if field.name.equals(name) { return body(field.value) }
            }
            return nil
        }
    }

    func forEach(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            var position = 0
            for _ in 0..<count {
                let field = Self.field(all, &position)
                body(field.name, field.value)
            }
        }
    }

    /// The field at the position, which moves to the next one. There must be one.
    private static func field(
        _ all: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) -> (name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(all)
        let nameCount = Int(raw.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        let valueCount = Int(raw.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
        let start = position + lengths
        position = start + nameCount + valueCount
        return (
            UnsafeBufferPointer(rebasing: all[start..<start + nameCount]),
            UnsafeBufferPointer(rebasing: all[start + nameCount..<position])
        )
    }

    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        guard count > 0 else { return body(nil, 0) }
        // The outer closure keeps the bytes in place.
        return bytes.withUnsafeBufferPointer { _ in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
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

/// What nghttp2 is given as the fields of a HEADERS frame.
protocol FieldSource {
    /// nghttp2 copies what does not outlive the session before the body returns.
    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R
}

extension HeaderFields: FieldSource {}

/// Fields that many frames have in common, laid out for nghttp2 once. It neither copies nor checks them again, so they
/// must be kept for as long as the session lasts.
final class SharedHeaderFields: FieldSource, @unchecked Sendable { // Never written after `init`.
    let listSize: Int
    let count: Int
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let nameValues: UnsafeMutableBufferPointer<nghttp2_nv>

    init(_ fields: HeaderFields) {
        listSize = fields.listSize
        var length = 0
        fields.forEach { length += $0.count + $1.count }
        bytes = .allocate(capacity: max(length, 1))
        nameValues = .allocate(capacity: max(fields.count, 1))
        var (end, index) = (0, 0)
        let (bytes, nameValues) = (bytes, nameValues)
        func keep(_ part: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
            defer { end += part.count }
            let place = UnsafeMutableBufferPointer(rebasing: bytes[end..<end + part.count])
            _ = place.initialize(fromContentsOf: part)
            return UnsafeBufferPointer(place)
        }
        fields.forEach { name, value in
            nameValues.initializeElement(at: index, to: nghttp2_nv(keep(name), keep(value), isShared: true))
            index += 1
        }
        count = index
    }

    deinit {
        bytes.deallocate()
        nameValues.deallocate()
    }

    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R { body(nameValues.baseAddress, count) }

    fileprivate func copy(to fields: UnsafeMutableBufferPointer<nghttp2_nv>) {
        fields.baseAddress?.update(from: nameValues.baseAddress.unsafelyUnwrapped, count: count)
    }
}

/// What begins a request: made of what all requests of a connection share, and what is this one's own.
struct RequestHead: FieldSource {
    let shared: SharedHeaderFields
    let path: String
    var own = HeaderFields()

    init(shared: SharedHeaderFields, path: String) {
        self.shared = shared
        self.path = path
    }

    /// What all requests of a connection begin with, and the place of the path.
    static func shared(scheme: StaticString, authority: String) -> SharedHeaderFields {
        var fields = HeaderFields()
        fields.append(":path", "" as StaticString)
        fields.append(":method", "POST" as StaticString)
        fields.append(":scheme", scheme)
        fields.append(":authority", authority)
        fields.append("te", "trailers" as StaticString)
        fields.append("content-type", "application/grpc" as StaticString)
        fields.append("user-agent", "hector-rpc" as StaticString)
        return SharedHeaderFields(fields)
    }

    var listSize: Int { shared.listSize + path.utf8.count + own.listSize }

    /// In the order that HTTP/2 asks for: pseudo-fields first (RFC 9113 §8.3).
    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        let count = shared.count + own.count
        return withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
            shared.copy(to: fields)
            return path.withBorrowedUTF8 { path in
                fields[0] = nghttp2_nv((":path" as StaticString).utf8, path)
                guard own.count > 0 else { return body(UnsafePointer(fields.baseAddress), count) }
                return own.withNameValues { own, ownCount in
                    _ = fields[shared.count...].update(fromContentsOf: UnsafeBufferPointer(start: own, count: ownCount))
                    return body(UnsafePointer(fields.baseAddress), count)
                }
            }
        }
    }
}

extension nghttp2_nv {
    /// - Parameter isShared: Whether both stay where they are for as long as the session lasts.
    fileprivate init(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, isShared: Bool = false) {
        let flags = isShared ? NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue : NGHTTP2_NV_FLAG_NONE.rawValue
        // nghttp2's interface lacks `const`; it only reads.
        self.init(
            name: UnsafeMutablePointer(mutating: name.baseAddress), value: UnsafeMutablePointer(mutating: value.baseAddress),
            namelen: name.count, valuelen: value.count, flags: UInt8(flags))
    }
}

extension String {
    /// Without a copy of what is stored as UTF-8, as nearly all strings are.
    fileprivate func withBorrowedUTF8<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return copy.withUTF8(body)
    }
}

extension StaticString {
    fileprivate var utf8: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}

extension UnsafeBufferPointer<UInt8> {
    func equals(_ text: StaticString) -> Bool { equals(text.utf8) }

    func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count, let baseAddress, let start = other.baseAddress else { return isEmpty && other.isEmpty }
        return memcmp(baseAddress, start, count) == 0
    }

    func hasPrefix(_ text: StaticString) -> Bool {
        guard let baseAddress, count >= text.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}
