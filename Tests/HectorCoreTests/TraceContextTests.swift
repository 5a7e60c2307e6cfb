import HectorCore
import Testing

struct TraceContextTests {
    private static let whole = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [whole, "00-ffffffffffffffffffffffffffffffff-0000000000000001-00", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"])
    func accepted(text: String) {
        #expect(TraceContext(traceParent: text, requestID: nil)?.traceParent == text)
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", whole + "-", whole + "0", whole.uppercased(),
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-" + String(repeating: "x", count: 100),
    ])
    func dropped(text: String) {
        #expect(TraceContext(traceParent: text, requestID: nil) == nil)
        #expect(TraceContext(traceParent: text, requestID: "id")?.traceParent == nil)
    }

    @Test func requestIDs() {
        #expect(TraceContext(traceParent: nil, requestID: "r-1/ü") == nil)
        #expect(TraceContext(traceParent: nil, requestID: "two words") == nil)
        #expect(TraceContext(traceParent: nil, requestID: "line\nbreak") == nil)
        #expect(TraceContext(traceParent: nil, requestID: "") == nil)
        #expect(TraceContext(traceParent: nil, requestID: String(repeating: "r", count: 129)) == nil)
        #expect(TraceContext(traceParent: nil, requestID: "r-1")?.requestID == "r-1")
        #expect(TraceContext(traceParent: nil, requestID: nil) == nil)
    }
}
