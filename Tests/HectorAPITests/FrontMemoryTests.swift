import Testing

@testable import HectorAPI

@Suite struct FrontMemoryTests {
    @Test func whatIsBeyondTheBoundIsRefusedUntilThereIsRoom() throws {
        let memory = FrontMemory(requestBytes: 100, answerBytes: 10)
        let first = FrontMemory.Share(of: memory)
        try first.take(60, for: .request)
        try first.take(40, for: .request)
        do {
            let second = FrontMemory.Share(of: memory)
            try second.take(10, for: .answer)
            #expect(throws: APIError(.overloaded, "")) { try second.take(1, for: .request) }
            first.giveBack(30, for: .request)
            try second.take(30, for: .request)
            #expect(memory.used(for: .request) == 100 && memory.used(for: .answer) == 10)
        }
        #expect(memory.used(for: .request) == 70 && memory.used(for: .answer) == 0)
    }

    @Test func theFirstIsNeverRefused() throws {
        let memory = FrontMemory(requestBytes: 1, answerBytes: 1)
        let share = FrontMemory.Share(of: memory)
        try share.take(1000, for: .answer)
        #expect(throws: APIError(.overloaded, "")) { try FrontMemory.Share(of: memory).take(1, for: .answer) }
    }
}
