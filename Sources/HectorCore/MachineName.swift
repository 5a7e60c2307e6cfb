internal import Glibc

/// The name under which a machine goes in a mesh, made of its host name: the first label, in lower case as host names have no
/// case (RFC 4343), with hyphens for what a DNS label may not hold, at most 62 bytes. `GPU_Box.example.org` is `gpu-box`.
///
/// - Returns: Nil where nothing is left that could be a name, or only the one that every machine has, localhost.
package func machineName(_ hostName: String) -> String? {
    let hyphen = UInt8(ascii: "-")
    var name: [UInt8] = []
    for byte in hostName.utf8.prefix(while: { $0 != UInt8(ascii: ".") }) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): name.append(byte)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(byte | 0x20)
        // One for a run of them, as of the bytes of one foreign letter; none at the beginning.
        default: if let last = name.last, last != hyphen { name.append(hyphen) }
        }
    }
    name = Array(name.prefix(62))
    while name.last == hyphen { name.removeLast() }
    let label = String(decoding: name, as: UTF8.self)
    return label.isEmpty || label == "localhost" ? nil : label
}

/// This machine's host name as the kernel has it: no question to DNS.
package func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
}
