package import HectorCore
import HectorYAML

/// `tracing`: a collector of OpenTelemetry that traces are sent to.
package struct TracingEntry: Sendable, Equatable {
    /// Where it takes OTLP over gRPC.
    package let collector: HostPort
    /// Sent with each export, by name in lower case.
    package let headers: [String: String]
    /// Which part of the requests that belong to no trace yet is recorded, 0 to 1.
    package let sample: Double

    package init(collector: HostPort, headers: [String: String] = [:], sample: Double = 1) {
        self.collector = collector
        self.headers = headers
        self.sample = sample
    }

    init?(_ cursor: Cursor) {
        let entry = cursor.fields { fields -> TracingEntry? in
            let headers = fields["headers"].map(Self.headers) ?? [:]
            let sample = fields["sample"]?.number(in: 0...1) ?? 1
            guard let collector = fields.required("endpoint", "a collector's address such as http://127.0.0.1:4317").flatMap(Self.collector) else { return nil }
            return TracingEntry(collector: collector, headers: headers, sample: sample)
        }
        guard case .some(.some(let entry)) = entry else { return nil }
        self = entry
    }

    private static func collector(_ cursor: Cursor) -> HostPort? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if text.lowercased().hasPrefix("https://") {
            cursor.fail("collectors are spoken to without TLS: run one on this machine that sends the traces on, and name it, such as http://127.0.0.1:4317")
            return nil
        }
        guard let address = WebAddress(text), address.path.isEmpty, let collector = HostPort(String(address.origin.dropFirst("http://".count)), defaultPort: 80)
        else {
            cursor.fail("expected a collector's address such as http://127.0.0.1:4317, found \(cited(text))")
            return nil
        }
        return collector
    }

    private static func headers(_ cursor: Cursor) -> [String: String] {
        var headers: [String: String] = [:]
        for (name, value) in cursor.entries() ?? [] {
            let isName = !name.isEmpty && name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }
            guard isName, !name.hasPrefix("grpc-"), !name.hasSuffix("-bin") else {
                value.fail("\(cited(name)) cannot be sent: a header's name has lower-case letters, digits, '-' and '_'", about: nil)
                continue
            }
            guard headers.count < ConfigurationLimits.tracingHeaders else {
                value.fail("more than \(ConfigurationLimits.tracingHeaders) headers: remove some")
                break
            }
            guard let text = value.nonEmptyString() else { continue }
            guard text.utf8.count <= ConfigurationLimits.tracingHeaderBytes, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                value.fail("expected printable ASCII characters, at most \(ConfigurationLimits.tracingHeaderBytes)", about: nil)
                continue
            }
            headers[name] = text
        }
        return headers
    }
}
