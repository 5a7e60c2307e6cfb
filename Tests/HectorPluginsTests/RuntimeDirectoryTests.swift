import Foundation
import Glibc
import Testing

@testable import HectorPlugins

@Suite(.timeLimit(.minutes(1))) struct RuntimeDirectoryTests {
    private let manager = FileManager.default

    private func base(_ workshop: Workshop, _ name: String = "base") throws -> String {
        let path = "\(workshop.path)/\(name)"
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func list(_ path: String) -> [String] { ((try? manager.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// A process that has made its directory, and what it is called.
    private func other(in base: String) async throws -> (process: ChildProcess, path: String) {
        let process = try await ProcessThread.shared.spawn(
            ProcessRequest(path: Workshop.product("host-probe"), arguments: ["runtime-directory"], environment: ["TMPDIR": base]))
        close(process.standardError)
        _ = fcntl(process.standardOutput, F_SETFL, 0)
        let handle = FileHandle(fileDescriptor: process.standardOutput, closeOnDealloc: true)
        return (process, String(decoding: handle.availableData, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The names, modes and owners are those of our own: `mktemp -d -t hector-XXXXXX` makes the same.
    @Test func directoriesOfOthersStay() throws {
        let workshop = try Workshop()
        let base = try base(workshop)
        for name in ["hector-models", "hector-Ab3dE6", ".hector-Ab3dE6", "hector-cache1"] {
            try manager.createDirectory(
                atPath: "\(base)/\(name)/inner", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            chmod("\(base)/\(name)", 0o700)
            try Data("weights".utf8).write(to: URL(fileURLWithPath: "\(base)/\(name)/w.bin"))
        }
        // Marked by somebody who knows the name of the marker, but not made by us.
        try Data("directory 1 was made by hector at run time, and is removed by it\n".utf8)
            .write(to: URL(fileURLWithPath: "\(base)/hector-models/.hector-runtime"))
        let directory = try RuntimeDirectory(environment: ["TMPDIR": base])
        directory.remove()
        #expect(list(base) == [".hector-Ab3dE6", "hector-Ab3dE6", "hector-cache1", "hector-models"])
        for name in list(base) { #expect(list("\(base)/\(name)").contains("w.bin")) }
    }

    @Test func onlyAbandonedOnesOfOursGo() async throws {
        let workshop = try Workshop()
        let base = try base(workshop)
        let (dead, abandoned) = try await other(in: base)
        let (living, used) = try await other(in: base)
        try manager.createDirectory(atPath: "\(abandoned)/1/deep/deeper", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(abandoned)/1/deep/file"))
        chmod("\(abandoned)/1/deep", 0o500)
        // A link out of it is removed, and not followed.
        let outside = try self.base(workshop, "outside")
        try Data().write(to: URL(fileURLWithPath: "\(outside)/kept"))
        try manager.createSymbolicLink(atPath: "\(abandoned)/1/link", withDestinationPath: outside)
        // A copy is somebody's own.
        let copy = "\(base)/hector-copied"
        try manager.copyItem(atPath: used, toPath: copy)
        chmod(copy, 0o700)
        dead.signal(SIGKILL)
        _ = try await dead.exit()

        let directory = try RuntimeDirectory(environment: ["TMPDIR": base])
        #expect(Set(list(base).map { "\(base)/\($0)" }) == Set([used, copy] + directory.paths))
        #expect(list(outside) == ["kept"])
        living.signal(SIGKILL)
        _ = try await living.exit()
        directory.remove()
        _ = try RuntimeDirectory(environment: ["TMPDIR": base])
        #expect(list(base) == ["hector-copied"])
    }

    /// Started and killed at any moment, side by side: the directory of one that lives is never touched.
    @Test func startsAndKillsAtAnyMoment() async throws {
        let workshop = try Workshop()
        let base = try base(workshop)
        let mine = try RuntimeDirectory(environment: ["TMPDIR": base])
        let place = try mine.make()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<24 {
                tasks.addTask {
                    let process = try await ProcessThread.shared.spawn(
                        ProcessRequest(path: Workshop.product("host-probe"), arguments: ["runtime-directory"], environment: ["TMPDIR": base]))
                    close(process.standardOutput)
                    close(process.standardError)
                    // From before its first line to well after its last one.
                    try await Task.sleep(for: .milliseconds(number * 8))
                    process.signal(SIGKILL)
                    _ = try await process.exit()
                }
            }
            try await tasks.waitForAll()
        }
        #expect(place.stands)
        _ = try RuntimeDirectory(environment: ["TMPDIR": base])
        let left = list(base).filter { "\(base)/\($0)" != mine.paths[0] }
        // Killed before it could say whose it is, one is left: empty, or with a marker that says nothing yet.
        #expect(
            left.allSatisfy { name in
                list("\(base)/\(name)").allSatisfy { $0 == OwnedDirectory.marker && manager.contents(atPath: "\(base)/\(name)/\($0)")?.isEmpty == true }
            }, "\(left)")
    }

    @Test func madeAnewWhenTaken() throws {
        let workshop = try Workshop()
        let base = try base(workshop)
        let directory = try RuntimeDirectory(environment: ["TMPDIR": base])
        let first = try directory.make()
        #expect(first.stands)
        try manager.removeItem(atPath: directory.paths[0])
        #expect(!first.stands)
        let second = try directory.make()
        #expect(second.stands && second.sockets != first.sockets)
        // Another one of the same name is not ours.
        let path = directory.paths[0]
        try manager.removeItem(atPath: path)
        try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(try directory.make().sockets.hasPrefix(path) == false)
        directory.remove()
        #expect(list(base) == [(path as NSString).lastPathComponent])
        #expect(throws: RuntimeDirectory.Failure.self) { try directory.make() }
    }

    /// Cleaners take old files first.
    @Test func aMarkerThatWasTakenIsWrittenAnew() throws {
        let workshop = try Workshop()
        let base = try base(workshop)
        let directory = try RuntimeDirectory(environment: ["TMPDIR": base])
        let marker = directory.paths[0] + "/.hector-runtime"
        try manager.removeItem(atPath: marker)
        _ = try directory.make()
        #expect(manager.fileExists(atPath: marker))
    }

    /// XDG_RUNTIME_DIR is small, in memory, and may be mounted noexec.
    @Test func onlySocketsLieInTheRuntimeDirectory() throws {
        let workshop = try Workshop()
        let (runtime, temporary) = (try base(workshop, "run"), try base(workshop, "tmp"))
        let directory = try RuntimeDirectory(environment: ["XDG_RUNTIME_DIR": runtime, "TMPDIR": temporary])
        let place = try directory.make()
        #expect(place.sockets.hasPrefix(runtime + "/hector-") && place.temporary.hasPrefix(temporary + "/hector-"))
        // Either of them taken away is made anew.
        try manager.removeItem(atPath: directory.paths[0])
        let second = try directory.make()
        #expect(second.stands && second.sockets.hasPrefix(runtime) && second.temporary.hasPrefix(temporary))
        directory.remove(second)
        #expect(!second.stands)
        directory.remove()
        #expect(list(runtime) == [] && list(temporary) == [])
    }

    @Test func pathsAreShortEnoughForSockets() throws {
        let workshop = try Workshop()
        let long = try base(workshop, String(repeating: "l", count: 80))
        let directory = try RuntimeDirectory(environment: ["XDG_RUNTIME_DIR": long, "TMPDIR": long])
        let place = try directory.make()
        #expect(place.sockets.hasPrefix("/tmp/hector-") && place.temporary == place.sockets)
    }
}
