internal import Synchronization

/// Numbers that are given out once, by one counter for all who share it.
package final class SerialGenerator: Sendable {
    private let last = Atomic<UInt64>(0)

    package init() {}

    func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
