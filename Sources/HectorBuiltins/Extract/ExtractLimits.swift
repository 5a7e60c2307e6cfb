internal import HectorDocuments

/// What taking text out of one document may use. The process sets these for itself before it opens the document, and the programs that it
/// starts have them too.
package struct ExtractLimits: Sendable {
    /// Bytes of address space (RLIMIT_AS).
    package var memory = 512 << 20
    /// Seconds of processor time (RLIMIT_CPU): the host waits no longer either.
    package var processorTime = 30
    /// Bytes that all that is taken out of an archive may have.
    package var expandedBytes = 64 << 20
    /// Entries of an archive that are looked at: documents have some dozens.
    package var archiveEntries = 10_000
    /// Bytes of a tag's name and of an attribute's value that are looked at.
    package var markupBytes = 256
    /// Files that are open at once (RLIMIT_NOFILE).
    package var descriptors = 64
    var documents: DocumentLimits { DocumentLimits() }

    package init() {}
}
