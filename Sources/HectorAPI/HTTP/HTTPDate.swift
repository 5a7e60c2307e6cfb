import Glibc
import Synchronization

/// The time of day as HTTP has it (RFC 9110 §5.6.7), written once a second.
final class HTTPDate: Sendable {
    private let secondsSince1970: @Sendable () -> Int64
    private let newest = Mutex<(second: Int64, text: String)>((.min, ""))

    init(secondsSince1970: @escaping @Sendable () -> Int64) { self.secondsSince1970 = secondsSince1970 }

    /// For example `Sun, 06 Nov 1994 08:49:37 GMT`.
    func now() -> String {
        let second = secondsSince1970()
        return newest.withLock { newest in
            if newest.second != second { newest = (second, Self.text(second)) }
            return newest.text
        }
    }

    static func text(_ secondsSince1970: Int64) -> String {
        var seconds = time_t(secondsSince1970)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        // No locale is ever set, so names are English.
        return String(unsafeUninitializedCapacity: 64) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, $0.count, "%a, %d %b %Y %H:%M:%S GMT", &fields) }
        }
    }
}
