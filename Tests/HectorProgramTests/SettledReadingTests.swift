import Foundation
import HectorCore
import Testing

@testable import HectorProgram

@Suite struct SettledReadingTests {
    private let stamps = [FileStamp("/nowhere")]

    private func at(_ milliseconds: Int) -> Instant { Instant().advanced(by: .milliseconds(milliseconds)) }

    @Test func `What has been the same for two seconds is acted upon`() {
        let settled = Taking()
        #expect(!settled.take(.state(1), last: .state(1), stamps: stamps, now: at(0)))
        #expect(!settled.take(.state(2), last: .state(1), stamps: stamps, now: at(1_000)))
        #expect(!settled.take(.state(2), last: .state(1), stamps: stamps, now: at(2_999)))
        #expect(settled.take(.state(2), last: .state(1), stamps: stamps, now: at(3_000)))
        #expect(!settled.take(.state(2), last: .state(2), stamps: stamps, now: at(4_000)))
    }

    @Test func `What changes meanwhile, or whose files do, begins anew`() {
        let settled = Taking()
        _ = settled.take(.state(2), last: .state(1), stamps: stamps, now: at(0))
        #expect(!settled.take(.problem("half"), last: .state(1), stamps: stamps, now: at(2_000)))
        #expect(!settled.take(.state(2), last: .state(1), stamps: stamps, now: at(4_000)))
        #expect(!settled.take(.state(2), last: .state(1), stamps: [FileStamp("/proc/self/exe")], now: at(6_000)))
        #expect(!settled.take(.state(1), last: .state(1), stamps: stamps, now: at(8_000)))
        #expect(!settled.take(.state(2), last: .state(1), stamps: stamps, now: at(10_000)))
    }

    @Test func `A file that somebody writes is seen`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/settled-\(UUID().uuidString.prefix(8))"
        try Data("a".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(!isOpenForWriting(path) && !isOpenForWriting("/nowhere/at/all"))
        let writer = try #require(FileHandle(forWritingAtPath: path))
        #expect(isOpenForWriting(path))
        try writer.close()
        let reader = try #require(FileHandle(forReadingAtPath: path))
        #expect(!isOpenForWriting(path))
        try reader.close()
    }
}

/// Keeps the value between the calls that the tests expect something of.
private final class Taking {
    private var settled = SettledReading<Int>()

    @discardableResult
    func take(_ reading: SettledReading<Int>.Reading, last: SettledReading<Int>.Reading, stamps: [FileStamp], now: Instant) -> Bool {
        settled.take(reading, last: last, stamps: stamps, now: now)
    }
}
