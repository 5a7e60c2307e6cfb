/// The bounds of document stores.
package struct DocumentLimits: Sendable, Equatable {
    /// Files of one store: beyond it a look at all of them takes longer than a person waits.
    package var files = 20_000
    /// Folders in folders: links make no loops, since none is followed.
    package var depth = 32
    /// Bytes of a file: a book of a thousand pages with pictures.
    package var fileBytes = 64 << 20
    /// Bytes of the text of one file: some fifty novels.
    package var textBytes = 16 << 20
    /// Chunks of one file: as many as its text has at the smallest size that a configuration allows.
    package var chunks = 100_000
    /// Chunks of one call of the embedder and of the database: their vectors stay far below the 4 MiB of stock gRPC messages.
    package var batchChunks = 32
    /// Batches of one store at work at once: one is embedded while another one is written.
    package var batchesAtOnce = 2
    /// Chunks that are deleted at once.
    package var deletesAtOnce = 8
    /// Time in which one file must have been read: after it, its process is killed.
    package var extractionTime: Duration = .seconds(30)
    /// Time between two looks at a store that is watched.
    package var watchInterval: Duration = .seconds(2)
    /// How many times longer than a look itself the time to the next one is, at least: large stores are looked at less often.
    package var watchShare = 20
    /// First and longest pause after a failure of the embedder or the database.
    package var firstPause: Duration = .milliseconds(500)
    package var longestPause: Duration = .seconds(30)
    /// Problems of files that are shown of one store; all are counted.
    package var problemsShown = 100
    /// Bytes of a heading that is kept with its chunks.
    package var headingBytes = 200

    package init() {}
}
