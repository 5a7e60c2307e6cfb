/// The bounds of what a program keeps in its state directory.
package struct StoreLimits: Sendable, Equatable {
    /// Bytes that the file of a program may grow to: thousands of sessions, and what is known of a million documents.
    package var fileBytes = 2 << 30
    /// Bytes of what is kept in memory where no directory can be used.
    package var memoryBytes = 128 << 20
    /// A file up to this size is read as a whole at the start, to find damage before it is met: a second at most.
    package var checkedBytes = 64 << 20
    /// Bytes of a key, and of its namespace.
    package var keyBytes = 1_024
    /// Bytes of one value: larger than any message that a provider sends.
    package var valueBytes = 16 << 20
    /// Bytes of changes that wait for the disk. A change that waits alone is never refused.
    package var waitingBytes = 64 << 20
    /// Changes that wait for the disk.
    package var waitingWork = 4_096
    /// Damaged files that are kept beside a new one; the last is replaced by the next.
    package var damagedFiles = 9

    package init() {}
}
