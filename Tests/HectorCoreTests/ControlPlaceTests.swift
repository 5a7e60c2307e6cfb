import Foundation
import Glibc
import Testing

@testable import HectorCore

@Suite struct ControlPlaceTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/hc-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `Each process has a name of its own, and gives it back`() throws {
        try inFolder { folder in
            var first: ControlPlace? = try ControlPlace(in: folder + "/hector")
            let second = try ControlPlace(in: folder + "/hector")
            #expect(first?.socket == folder + "/hector/control.sock" && first?.number == 1)
            #expect(second.socket == folder + "/hector/control-2.sock" && second.number == 2)
            first = nil
            let third = try ControlPlace(in: folder + "/hector")
            #expect(third.number == 1)
            withExtendedLifetime((second, third)) {}
        }
    }

    @Test func `Nothing stays, and the directory is of mode 0700`() throws {
        try inFolder { folder in
            var place: ControlPlace? = try ControlPlace(in: folder + "/hector")
            var status = stat()
            #expect(stat(folder + "/hector", &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(place != nil)
            place = nil
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        }
    }

    @Test func `What a killed process left is replaced`() throws {
        try inFolder { folder in
            try Data().write(to: URL(filePath: folder + "/control.sock"))
            try Data().write(to: URL(filePath: folder + "/control.sock.lock"))
            let place = try ControlPlace(in: folder)
            #expect(place.number == 1 && !FileManager.default.fileExists(atPath: place.socket))
        }
    }

    @Test func `A directory in which others may write is refused, and so is a path that is too long`() throws {
        try inFolder { folder in
            chmod(folder, 0o777)
            #expect(throws: ControlDirectory.Failure.self) { try ControlPlace(in: folder) }
            chmod(folder, 0o700)
            let long = folder + "/" + String(repeating: "x", count: 90)
            #expect(throws: ControlDirectory.Failure.self) { try ControlPlace(in: long) }
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder)
            #expect(throws: ControlDirectory.Failure.self) { try ControlPlace(in: folder + "/link") }
        }
    }

    @Test func `Where sockets lie, by the environment and the user`() {
        func path(_ environment: [String: String], _ user: UInt32 = 1000) -> String { ControlDirectory.path(environment: environment, user: user) }
        #expect(path(["RUNTIME_DIRECTORY": "/run/hector:/run/other", "XDG_RUNTIME_DIR": "/run/user/1000"]) == "/run/hector")
        #expect(path(["XDG_RUNTIME_DIR": "/run/user/1000"]) == "/run/user/1000/hector")
        #expect(path(["XDG_RUNTIME_DIR": "relative"]) == "/tmp/hector-1000")
        #expect(path([:], 0) == "/run/hector")
        #expect(ControlDirectory.candidates(environment: [:], user: 0) == ["/run/hector", "/tmp/hector-0"])
    }

    @Test func `A socket counts as live only if somebody listens`() throws {
        try inFolder { folder in
            let directory = folder + "/hector"
            let place = try ControlPlace(in: directory)
            let environment = ["RUNTIME_DIRECTORY": directory, "XDG_RUNTIME_DIR": folder]
            func live() -> [String] { ControlDirectory.live(environment: environment).filter { $0.hasPrefix(folder) } }
            #expect(live() == [])
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: place.socket.utf8) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            #expect(bound == 0)
            #expect(live() == [])
            #expect(listen(descriptor, 4) == 0)
            #expect(live() == [place.socket])
        }
    }
}
