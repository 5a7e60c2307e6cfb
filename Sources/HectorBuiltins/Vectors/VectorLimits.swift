/// How much the built-in vector databases keep and take.
package struct VectorLimits: Sendable {
    /// Numbers in a vector: several times what embedders give. PostgreSQL's extension ends at 16,000.
    package var dimensions = 16_000
    /// Results of one search: more than a prompt has room for, and their selection stays a small part of the search.
    package var results = 10_000
    /// Bytes of a search's results: what fits into one message, with room for the vectors' frames.
    package var resultBytes = 3 << 20
    /// Bytes of a record's id: an address, a path, a hash.
    package var id = 1 << 10
    /// Bytes of a collection's name.
    package var name = 255
    /// Collections of a database: each is a table.
    package var collections = 1_024
    /// Records of a batch: what fits into one message anyway is below it, unless vectors are tiny.
    package var batch = 100_000
    /// Writes that wait: beyond it, callers are told to come back.
    package var waitingWrites = 4_096
    /// Bytes of writes that wait: sixteen of the longest messages.
    package var waitingBytes = 64 << 20
    /// Writes that share one transaction, and so one wait for the disk.
    package var writesTogether = 256
    /// Keys of metadata that filters have used, of one collection, whose values are kept in memory.
    package var columns = 32
    /// How long the start waits for a process that still has the file, in milliseconds: one that is being stopped.
    package var patience = 10_000

    package init() {}
}
