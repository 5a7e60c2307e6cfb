@testable import HectorPlugins
import Foundation
import Testing

@Suite struct ExecutableTests {
    /// The start of an ELF file of 64 bits with one PT_INTERP segment.
    static func elf(machine: UInt8, loader: String = "/lib64/ld-linux-x86-64.so.2") -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 120)
        bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        bytes[18] = machine
        bytes[32] = 64
        bytes[54] = 56
        bytes[56] = 1
        bytes[64] = 3
        bytes[64 + 8] = 120
        bytes[64 + 32] = UInt8(loader.utf8.count + 1)
        return bytes + loader.utf8 + [0]
    }

    private func code(_ path: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"]) -> PluginError.Code? {
        do {
            try Executable(plugin: "p", path: path, environment: environment).check()
            return nil
        } catch {
            #expect(error.message.hasPrefix("plugin p: "))
            return error.code
        }
    }

    @Test func saysWhatIsWrong() throws {
        let workshop = try Workshop()
        #expect(code(workshop.path + "/absent") == .notFound)
        #expect(code("relative") == .notFound)
        #expect(code(workshop.path) == .notAFile)
        #expect(code(try workshop.write("plain", "#!/bin/sh\n".utf8, mode: 0o644)) == .notExecutable)
        #expect(code(try workshop.write("text", "hello\n".utf8)) == .unknownFormat)
        #expect(code(try workshop.write("empty", "".utf8)) == .unknownFormat)
        #expect(code(try workshop.write("script", "#!/nowhere/python3 -u\n".utf8)) == .missingInterpreter)
        #expect(code(try workshop.write("env", "#!/usr/bin/env no-such-program\n".utf8)) == .missingInterpreter)
        #expect(code(try workshop.write("good", "#! /usr/bin/env bash\n".utf8)) == nil)
        #expect(code(try workshop.write("strange", Self.elf(machine: 22))) == .wrongArchitecture)
        #expect(code("/bin/true") == nil)
        #if arch(x86_64)
            #expect(code(try workshop.write("musl", Self.elf(machine: 62, loader: "/lib/ld-nowhere.so.1"))) == .missingInterpreter)
            #expect(code(try workshop.write("arm", Self.elf(machine: 183))) == .wrongArchitecture)
        #endif
    }

    @Test func readsElfAndScripts() {
        #expect(ExecutableFormat(header: Self.elf(machine: 183, loader: "/l")) == .elf(machine: "ARM 64", isNative: ExecutableFormat.nativeName == "ARM 64", loader: "/l"))
        #expect(ExecutableFormat(header: Array("#!/bin/sh -e\n-x".utf8)) == .script(interpreter: "/bin/sh", argument: "-e"))
        #expect(ExecutableFormat(header: Array("#! /bin/sh\r\n".utf8)) == .script(interpreter: "/bin/sh", argument: nil))
        #expect(ExecutableFormat(header: Array("#!\n".utf8)) == .unknown)
    }

    /// Any prefix and any single damaged byte of a header is read without a trap.
    @Test func damagedHeadersDoNoHarm() {
        let header = Self.elf(machine: 62)
        for end in 0...header.count { _ = ExecutableFormat(header: Array(header.prefix(end))) }
        for index in header.indices {
            for value in [UInt8(0), 1, 0x7F, 0xFF] {
                var damaged = header
                damaged[index] = value
                _ = ExecutableFormat(header: damaged)
            }
        }
    }
}
