internal import NIOCore

/// The value of `grpc-timeout`: up to eight digits and a unit (gRPC over HTTP/2, "Timeout").
enum GRPCTimeout {
    /// Rounded up to what eight digits can say; never longer than 99,999,999 hours.
    static func encode(_ amount: TimeAmount) -> String {
        var value = max(amount.nanoseconds, 1)
        for (unit, divisor) in [("n", 1), ("u", 1000), ("m", 1000), ("S", 1000), ("M", 60), ("H", 60)] as [(String, Int64)] {
            value = value / divisor + (value % divisor > 0 ? 1 : 0)
            if value <= 99_999_999 { return "\(value)\(unit)" }
        }
        return "99999999H"
    }

    /// Nil for anything that is not a timeout. What is too long for our clock is as long as it can say.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> TimeAmount? {
        guard (2...9).contains(bytes.count), let unit = bytes.last else { return nil }
        var value: Int64 = 0
        for byte in bytes.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        let scale: Int64
        switch unit {
        case UInt8(ascii: "n"): scale = 1
        case UInt8(ascii: "u"): scale = 1_000
        case UInt8(ascii: "m"): scale = 1_000_000
        case UInt8(ascii: "S"): scale = 1_000_000_000
        case UInt8(ascii: "M"): scale = 60_000_000_000
        case UInt8(ascii: "H"): scale = 3_600_000_000_000
        default: return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale)
        // A century is for ever, and leaves room to add it to now.
        return .nanoseconds(overflow ? TimeAmount.century : min(product, TimeAmount.century))
    }
}
