import HectorCore
import Testing

@Suite struct InstantTests {
    @Test func `Moments too far away are the last ones there are`() {
        #expect(Instant(.seconds(1)).advanced(by: .seconds(2)) == Instant(.seconds(3)))
        #expect(Instant(.seconds(1)).duration(to: Instant(.seconds(3))) == .seconds(2))
        #expect(Instant(.seconds(1)).advanced(by: .seconds(Int64.max)).nanoseconds == .max)
        #expect(Instant(.seconds(-1)).advanced(by: .seconds(Int64.min)).nanoseconds == .min)
        #expect(Instant(nanoseconds: .min).duration(to: Instant(nanoseconds: .max)) == .nanoseconds(Int64.max))
    }

    @Test(arguments: [
        (Duration.seconds(300), "300 s"), (.milliseconds(1_201), "1.3 s"), (.milliseconds(1_500), "1.5 s"), (.milliseconds(4), "0.1 s"),
        (.zero, "0 s"), (.seconds(-1), "0 s"),
    ])
    func `People are told of tenths of a second, rounded up`(duration: Duration, text: String) { #expect(duration.inSeconds == text) }
}
