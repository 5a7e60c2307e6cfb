import Synchronization
import Testing

@testable import HectorAPI

@Suite struct HTTPDateTests {
    @Test func theDateIsWrittenAsRFC9110Has() {
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test func itGoesOnWithTheClock() {
        let second = Second()
        let date = HTTPDate { second.now.load(ordering: .relaxed) }
        for (now, end) in [(777, "08:49:37 GMT"), (777, "08:49:37 GMT"), (778, "08:49:38 GMT"), (776, "08:49:36 GMT")] {
            second.now.store(784_111_000 + Int64(now), ordering: .relaxed)
            #expect(date.now().hasSuffix(end))
        }
    }

    private final class Second: Sendable {
        let now = Atomic<Int64>(0)
    }
}
