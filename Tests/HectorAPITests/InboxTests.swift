import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization
import Testing

@testable import HectorAPI

@Suite struct InboxTests {
    private final class Resumptions: Sendable {
        let count = Atomic(0)
    }

    private let resumptions = Resumptions()
    private let inbox: Inbox

    init() { inbox = Inbox { [resumptions] in resumptions.count.add(1, ordering: .relaxed) } }

    private struct Broken: Error {}

    private static func head(_ path: String) -> HTTPRequestPart {
        .head(HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: path))
    }

    private static func body(_ text: String) -> HTTPRequestPart { .body(ByteBuffer(string: text)) }

    @Test func aShortRequestIsHandedOverWhole() async throws {
        inbox.append([Self.head("/a"), Self.body("text"), .end(nil), Self.head("/b"), .end(nil)])
        #expect(try await inbox.nextHead()?.path == "/a")
        #expect(inbox.wholeBody() == ByteBuffer(string: "text"))
        #expect(try await inbox.nextOfBody() == nil)
        #expect(try await inbox.nextHead()?.path == "/b")
        #expect(inbox.wholeBody() == ByteBuffer())
    }

    @Test func aBodyWhoseEndHasNotComeIsReadPieceByPiece() async throws {
        inbox.append([Self.head("/"), Self.body("one")])
        #expect(try await inbox.nextHead() != nil)
        #expect(inbox.wholeBody() == nil)
        inbox.append([Self.body("two"), .end(nil)])
        #expect(inbox.wholeBody() == nil, "it is in two pieces")
        #expect(try await inbox.nextOfBody() == ByteBuffer(string: "one"))
        #expect(try await inbox.nextOfBody() == ByteBuffer(string: "two"))
        #expect(try await inbox.nextOfBody() == nil)
        #expect(try await inbox.nextOfBody() == nil)
    }

    @Test func whatIsLeftOfABodyIsDropped() async throws {
        inbox.append([Self.head("/a"), Self.body("one"), Self.body("two"), .end(nil), Self.head("/b")])
        #expect(try await inbox.nextHead()?.path == "/a")
        #expect(try await inbox.nextOfBody() == ByteBuffer(string: "one"))
        #expect(try await inbox.nextHead()?.path == "/b")
    }

    @Test func aTaskThatWaitsIsWoken() async throws {
        async let path = inbox.nextHead()?.path
        // Before or after the task waits: it makes no difference.
        inbox.append([Self.head("/late")])
        #expect(try await path == "/late")
    }

    @Test func anErrorIsToldOnceBehindAllParts() async throws {
        inbox.append([Self.head("/"), Self.body("one")])
        inbox.finish(Broken())
        inbox.finish()
        inbox.append([Self.body("too late")])
        #expect(try await inbox.nextHead() != nil)
        #expect(try await inbox.nextOfBody() == ByteBuffer(string: "one"))
        await #expect(throws: Broken.self) { try await inbox.nextOfBody() }
        #expect(try await inbox.nextHead() == nil)
    }

    @Test func theEndWakesATaskThatWaits() async throws {
        async let head: HTTPRequest? = inbox.nextHead()
        inbox.finish(Broken())
        do {
            _ = try await head
            Issue.record("the error was not told")
        } catch is Broken {}
        #expect(try await inbox.nextHead() == nil)
    }

    @Test func readingGoesOnOnceThereIsRoom() async throws {
        inbox.append([Self.head("/")] + (0..<8).map { Self.body("\($0)") })
        #expect(inbox.hasRoom())
        inbox.append([.end(nil)])
        #expect(!inbox.hasRoom())
        #expect(try await inbox.nextHead() != nil)
        for _ in 0..<6 { _ = try await inbox.nextOfBody() }
        #expect(resumptions.count.load(ordering: .relaxed) == 0)
        _ = try await inbox.nextOfBody()
        #expect(resumptions.count.load(ordering: .relaxed) == 1)
        // The last two parts are a whole body, of a kind.
        #expect(inbox.wholeBody() == ByteBuffer(string: "7"))
        #expect(resumptions.count.load(ordering: .relaxed) == 1)
        #expect(inbox.hasRoom())
    }
}
