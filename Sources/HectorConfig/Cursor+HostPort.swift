internal import HectorCore
internal import HectorYAML

extension Cursor {
    /// A host and a port; `example` is what the message shows.
    func hostPort(example: String, allowsAnyPort: Bool = false) -> HostPort? {
        guard let text = nonEmptyString() else { return nil }
        guard let address = HostPort(text), allowsAnyPort || address.port > 0 else {
            let isBeyond = HostPort.hasNumber(text)
            let least = allowsAnyPort ? 0 : 1
            fail("expected \(isBeyond ? "a port from \(least) to 65535" : "HOST:PORT") such as \(example), found \(cited(text))")
            return nil
        }
        return address
    }
}
