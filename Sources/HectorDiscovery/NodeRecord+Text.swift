internal import HectorCore

/// The record as the strings of a TXT record (RFC 6763 §6).
extension NodeRecord {
    /// The version of this layout, in the key `txtvers`. Records of another version are not ours to read.
    static let textVersion = "1"

    /// The strings to announce, `txtvers` first. Plugins are left out from the end until all fits into
    /// `limit` bytes; everything else is always there.
    package func text(limit: Int = DiscoveryLimits().textBytesAnnounced) -> [[UInt8]] {
        let head = ["txtvers=\(Self.textVersion)", "id=\(id)", "mesh=\(mesh)", "name=\(name)"]
        let address = advertised.map { ["advertise=\($0)"] } ?? []
        let tail = address + ["version=\(version)", "proto=\(proto)"]
        let room = min(255, limit - Self.size(head + tail) - 1)
        var list = "plugins="
        for plugin in plugins {
            let longer = list + (list.last == "=" ? "" : ",") + plugin
            guard longer.utf8.count <= room else { break }
            list = longer
        }
        return (head + [list] + tail).map { Array($0.utf8) }
    }

    /// Reads foreign strings. Unknown keys are ignored; of a key given twice the first counts, as RFC 6763
    /// §6.4 wants. Throws `.invalid` when it is not a record of ours, or not a well-formed one.
    package init(text: [[UInt8]], limit: Int = DiscoveryLimits().textBytesAccepted) throws(DiscoveryError) {
        guard text.reduce(0, { $0 + $1.count + 1 }) <= limit else {
            throw DiscoveryError(.invalid, "its TXT record is longer than \(limit) bytes")
        }
        var values: [String: String] = [:]
        for string in text {
            guard let (key, value) = Self.pair(string), values[key] == nil else { continue }
            values[key] = value
        }
        func value(_ key: String) throws(DiscoveryError) -> String {
            guard let value = values[key] else {
                throw DiscoveryError(.invalid, "its TXT record has no readable '\(key)'")
            }
            return value
        }
        guard try value("txtvers") == Self.textVersion else {
            throw DiscoveryError(.invalid, "its TXT record has an unknown version")
        }
        guard let proto = UInt16(try value("proto")) else {
            throw DiscoveryError(.invalid, "its 'proto' is not a number")
        }
        let advertised = values["advertise"].flatMap { HostPort($0) }
        guard values["advertise"] == nil || advertised.map({ $0.port > 0 }) == true else {
            throw DiscoveryError(.invalid, "its 'advertise' is not an address and a port")
        }
        try self.init(
            id: try value("id"), mesh: try value("mesh"), name: try value("name"),
            plugins: (values["plugins"] ?? "").split(separator: ",").map(String.init),
            advertised: advertised, version: try value("version"), proto: proto)
    }

    /// Key and value of one string: printable ASCII key without case, UTF-8 value. Nil for anything else.
    private static func pair(_ string: [UInt8]) -> (key: String, value: String)? {
        let parts = string.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ (0x20...0x7e).contains($0) }),
            let key = String(validating: parts[0], as: UTF8.self), let value = String(validating: parts[1], as: UTF8.self)
        else { return nil }
        return (key.lowercased(), value)
    }

    private static func size(_ strings: [String]) -> Int { strings.reduce(0) { $0 + $1.utf8.count + 1 } }
}
