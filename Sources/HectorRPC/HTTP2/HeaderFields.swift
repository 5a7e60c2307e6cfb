internal import CNghttp2

/// Header fields in order, packed into one buffer, ready for nghttp2.
struct HeaderFields {
    private var bytes: [UInt8] = []
    private var spans: [(name: Range<Int>, value: Range<Int>)] = []

    var count: Int { spans.count }

    /// What a peer counts against its limit: names, values, and 32 for each field (RFC 9113 §6.5.2).
    var listSize: Int { bytes.count + 32 * spans.count }

    init(reservingFields fields: Int = 10, bytes count: Int = 256) {
        bytes.reserveCapacity(count)
        spans.reserveCapacity(fields)
    }

    mutating func append(_ name: StaticString, _ value: StaticString) {
        append(
            UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
            UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    mutating func append(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { append(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), $0) }
    }

    mutating func append(_ name: String, _ value: String) {
        var name = name
        var value = value
        name.withUTF8 { name in value.withUTF8 { append(name, $0) } }
    }

    mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        spans.append((start..<start + name.count, start + name.count..<bytes.count))
    }

    mutating func append(_ metadata: Metadata) {
        for entry in metadata.entries { append(entry.name, entry.value) }
    }

    /// The value of the first field of that name.
    subscript(_ name: StaticString) -> String? {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        for span in spans where bytes[span.name].elementsEqual(wanted) {
            return String(decoding: bytes[span.value], as: UTF8.self)
        }
        return nil
    }

    func forEach(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            for span in spans {
                body(UnsafeBufferPointer(rebasing: all[span.name]), UnsafeBufferPointer(rebasing: all[span.value]))
            }
        }
    }

    /// nghttp2 copies names and values before the body returns.
    func withNameValues<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
        bytes.withUnsafeBufferPointer { all in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(spans.count, 1)) { fields in
                guard let base = all.baseAddress else { return body(nil, 0) }
                // nghttp2's interface lacks `const`; it only reads.
                let mutable = UnsafeMutablePointer(mutating: base)
                for (index, span) in spans.enumerated() {
                    fields[index] = nghttp2_nv(
                        name: mutable + span.name.lowerBound, value: mutable + span.value.lowerBound,
                        namelen: span.name.count, valuelen: span.value.count,
                        flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
                }
                return body(UnsafePointer(fields.baseAddress), spans.count)
            }
        }
    }
}
