import HectorLoad

/// One call under way.
struct CallSlot {
    var serial: UInt32 = 0
    var isSent = false
    var isAtWork = false
    /// The present attempt is at its server.
    var isAtServer = false
    var router = 0
    var server = 0
    var began: Nanoseconds = 0
    var attemptBegan: Nanoseconds = 0
    var arrived: Nanoseconds = 0
    var inFlightAtArrival = 0
    var concurrencyAtArrival = 0.0
    var work = 0.0
    var deadline: Nanoseconds?
    var counts = false
    var isDuringFault = false
    // Streams
    var progressAtStart = 0.0
    var messages = 0
    var first = 0.0
    var reportedMessages = 0
    var reportedAt: Nanoseconds = 0
    /// Work done by `reportedAt`.
    var reportedDone = 0.0
    var report: ServerReport?
    /// In the server's meter.
    var mark: LoadMeter.Mark?
}

/// All calls under way. A class: servers read it while the world is being changed.
final class CallTable {
    var slots: [CallSlot] = []

    /// It is at its server and was not cancelled.
    func isAlive(_ id: Attempted) -> Bool {
        slots[Int(id.slot)].serial == id.serial && slots[Int(id.slot)].isAtServer
    }
}
