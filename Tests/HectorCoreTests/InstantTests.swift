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

    /// A duration of up to 2⁶³ attoseconds, 9.2 s, takes another way than a longer one.
    @Test(arguments: [
        (.zero, 0), (.nanoseconds(1), 1), (.nanoseconds(-1), -1),
        (Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999), 1), (Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999), -1),
        (.nanoseconds(9_223_372_036), 9_223_372_036), (.nanoseconds(9_223_372_037), 9_223_372_037), (.nanoseconds(-9_223_372_037), -9_223_372_037),
        (.seconds(3_600), 3_600_000_000_000), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    ] as [(Duration, Int64)])
    func `Nanoseconds are rounded towards zero`(duration: Duration, nanoseconds: Int64) {
        #expect(duration.wholeNanoseconds == nanoseconds)
        #expect(Instant().seconds(to: Instant(duration)) == Double(nanoseconds) / 1e9)
    }

    @Test func `Seconds to another moment are negative where that was before`() {
        #expect(Instant(.seconds(3)).seconds(to: Instant(.seconds(1))) == -2)
        #expect(Instant(nanoseconds: .min).seconds(to: Instant(nanoseconds: .max)) == Double(Int64.max) / 1e9)
    }

    @Test(arguments: [
        (Duration.seconds(300), "300 s"), (.milliseconds(1_201), "1.3 s"), (.milliseconds(1_500), "1.5 s"), (.milliseconds(4), "0.1 s"),
        (.zero, "0 s"), (.seconds(-1), "0 s"),
    ])
    func `People are told of tenths of a second, rounded up`(duration: Duration, text: String) { #expect(duration.inSeconds == text) }
}
