import HectorPlugins
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        (Duration.seconds(300), "300 s"), (.seconds(0.8515063224854733), "0.85 s"), (.milliseconds(1_500), "1.5 s"),
        (.milliseconds(50), "0.05 s"), (.milliseconds(2_999), "3 s"), (.zero, "0 s"), (.milliseconds(4), "0 s"),
    ])
    func hasTwoDigitsAtMost(_ duration: Duration, _ text: String) { #expect(duration.inSeconds == text) }
}
