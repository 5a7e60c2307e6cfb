/// Why a stream or connection ended (RFC 9113 §7).
package struct HTTP2ErrorCode: RawRepresentable, Sendable, Hashable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let noError = Self(rawValue: 0x0)
    package static let protocolError = Self(rawValue: 0x1)
    package static let internalError = Self(rawValue: 0x2)
    package static let flowControlError = Self(rawValue: 0x3)
    package static let streamClosed = Self(rawValue: 0x5)
    package static let refusedStream = Self(rawValue: 0x7)
    package static let cancel = Self(rawValue: 0x8)
    package static let enhanceYourCalm = Self(rawValue: 0xB)
    package static let inadequateSecurity = Self(rawValue: 0xC)
}
