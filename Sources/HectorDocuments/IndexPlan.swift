/// What is to be done so that an index is what its folder is.
package struct IndexPlan: Sendable, Equatable {
    /// New ones, changed ones, and those that a run did not finish; in the order of their paths.
    package var read: [FoundFile] = []
    /// Records of files that are no longer there.
    package var forget: [FileRecord] = []
    /// Records of files that are as they were and of which something is left to delete.
    package var clean: [FileRecord] = []
    /// Files that are as they were.
    package var unchanged = 0

    package init(_ found: [FoundFile], known: [String: FileRecord], settings: String) {
        var gone = known
        for file in found {
            guard let record = gone.removeValue(forKey: file.path), record.stamp == file.stamp,
                record.problem != nil || record.current?.settings == settings
            else {
                read.append(file)
                continue
            }
            unchanged += 1
            if !record.stale.isEmpty { clean.append(record) }
        }
        forget = gone.values.sorted { $0.path < $1.path }
    }
}

/// What is to be done with a file that was read.
package enum FileStep: Sendable, Equatable {
    /// Its content is what it was: only its record changes.
    case keep(FileRecord)
    /// Its chunks are written: before, the first record is kept, so that they are known whatever happens; after it, the second one.
    case index(before: FileRecord, after: FileRecord)

    /// - Parameter record: What was known of it.
    package init(_ file: FoundFile, _ record: FileRecord?, digest: String, settings: String, chunks: Int) {
        let new = Generation(digest: digest, settings: settings, chunks: chunks)
        var stale = record?.stale ?? []
        if let current = record?.current {
            if current == new {
                self = .keep(FileRecord(path: file.path, stamp: file.stamp, current: current, stale: stale))
                return
            }
            stale.append(current)
        }
        // What is written now is not deleted as what was left of an earlier try. A chunk's number is below that of its generation, so a longer
        // one of the same name covers a shorter one.
        stale.removeAll { $0.digest == new.digest && $0.settings == new.settings && $0.chunks <= new.chunks }
        let before = FileRecord(
            path: file.path, stamp: record?.current == nil ? FoundFile.Stamp(size: -1, modified: 0, inode: 0) : record?.stamp ?? file.stamp,
            current: record?.current, stale: (record?.stale ?? []) + [new])
        self = .index(before: before, after: FileRecord(path: file.path, stamp: file.stamp, current: new, stale: stale))
    }
}
