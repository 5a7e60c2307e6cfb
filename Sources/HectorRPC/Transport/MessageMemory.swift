internal import CNghttp2

/// What the C library does with the memory of messages that are over.
package enum MessageMemory {
    /// Longer than any message of ours by default, with room for what stands around it.
    private static let longestKept: Int32 = 8 * 1024 * 1024
    /// What may lie free at the end of a heap before the kernel gets it back.
    private static let mostKept: Int32 = 32 * 1024 * 1024

    /// Has memory kept for the next message, in the whole process; for programs, to be called once at their start.
    package static func keepForTheNextMessage() { hector_keep_message_memory(longestKept, mostKept) }
}
