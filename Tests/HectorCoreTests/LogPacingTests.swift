import HectorCore
import Testing

@Suite struct LogPacingTests {
    private var pacing = LogPacing()

    private static func at(_ seconds: Int) -> Instant { Instant(.seconds(seconds)) }

    @Test mutating func `What goes on is said at once, then after one minute, two, four, and an hour at most`() {
        var lines: [Int] = []
        for second in 0..<20_000 where pacing.happens(at: Self.at(second)) != nil { lines.append(second) }
        #expect(lines == [0, 60, 180, 420, 900, 1_860, 3_780, 7_380, 10_980, 14_580, 18_180])
    }

    @Test mutating func `A line says how often it was not said`() {
        #expect(pacing.happens(at: Self.at(0)) == 0)
        for second in 1...5 { #expect(pacing.happens(at: Self.at(second)) == nil) }
        #expect(pacing.happens(at: Self.at(60)) == 5)
        #expect(pacing.happens(at: Self.at(61)) == nil)
        #expect(pacing.happens(at: Self.at(180)) == 1)
    }

    @Test mutating func `After ten calm minutes it is news again`() {
        for second in 0...300 { _ = pacing.happens(at: Self.at(second)) }
        #expect(pacing.happens(at: Self.at(899)) != nil, "a paused line, not news")
        #expect(pacing.happens(at: Self.at(900)) == nil)
        #expect(pacing.happens(at: Self.at(1_500)) == 0)
        #expect(pacing.happens(at: Self.at(1_560)) == 0)
    }
}
