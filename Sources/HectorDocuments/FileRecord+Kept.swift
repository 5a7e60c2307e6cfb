internal import HectorCore

/// The form in which records are kept across restarts.
extension FileRecord {
    /// JSON: `generations` are `[digest, settings, chunks]`, the current one first, null where it has no such one.
    package var kept: [UInt8] {
        let all = ([current] + stale.map(Optional.some)).map { generation -> JSON in
            generation.map { .array([.string($0.digest), .string($0.settings), .integer(Int64($0.chunks))]) } ?? .null
        }
        let record: JSON = [
            "path": .string(path), "size": .integer(Int64(stamp.size)), "modified": .integer(Int64(stamp.modified)),
            "inode": .integer(Int64(bitPattern: UInt64(stamp.inode))), "generations": .array(all), "problem": problem.map(JSON.string) ?? .null,
        ]
        return record.encoded()
    }

    /// Nil for bytes that are no record: its file is read again.
    package init?(kept bytes: [UInt8]) {
        guard let json = try? JSONText(bytes), let path = json["path"]?.string, let size = json["size"]?.int, let modified = json["modified"]?.int,
            let inode = json["inode"]?.int, let generations = json["generations"]
        else { return nil }
        var all: [Generation?] = []
        generations.forEachElement { (_, value: JSONText) in
            var parts: [JSONText] = []
            value.forEachElement { (_, part: JSONText) in parts.append(part) }
            guard parts.count == 3, let digest = parts[0].string, let settings = parts[1].string, let chunks = parts[2].int else { return all.append(nil) }
            all.append(Generation(digest: digest, settings: settings, chunks: chunks))
        }
        self.init(
            path: path, stamp: FoundFile.Stamp(size: size, modified: modified, inode: UInt(bitPattern: inode)), current: all.first ?? nil,
            stale: all.dropFirst().compactMap { $0 }, problem: json["problem"]?.string)
    }

    /// Names it among the records of its store in a database. A path may be longer than a key.
    package static func key(_ path: String, store: String, database: String) -> String {
        keys(store: store, database: database) + hexadecimal(SHA256.hash(path.utf8).prefix(16))
    }

    /// What all such names begin with.
    package static func keys(store: String, database: String) -> String { "\(store)/\(database)/" }
}
