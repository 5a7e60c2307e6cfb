import Foundation
import Testing

/// What the programs load, read from their files.
struct LinkTests {
    /// Linked into a program, ICU and its tables for all languages are larger than all the rest. Foundation brings them, and one
    /// file of one dependency that imports it is enough. `deploy/sizes` looks at the programs as they are deployed.
    @Test(arguments: ["hector", "hector-plugin-agent", "echo-llm", "calculator", "conformance-plugin"])
    func `No program loads ICU, or the Foundation that brings it`(name: String) throws {
        // This program of the tests does: the check finds it where it is.
        try #require(Self.libraries(of: "/proc/self/exe").contains("libFoundation.so"))
        let libraries = try Self.libraries(of: Scene.product(name))
        try #require(libraries.contains("libFoundationEssentials.so"))
        let unwanted = libraries.filter {
            ["libFoundation.so", "libFoundationInternationalization.so", "lib_FoundationICU.so"].contains($0) || $0.hasPrefix("libicu")
        }
        #expect(unwanted == [], "if `swift package clean` does not help, a file of \(name) or of what it depends on imports Foundation")
    }

    /// `hector` has a client for HTTP, with which its commands call a server.
    @Test func `Only hector-plugins has a driver of PostgreSQL, and a node has no client for HTTP`() throws {
        for (name, has) in [("hector", false), ("hector-plugin-agent", false), ("hector-plugins", true)] {
            #expect(try Self.libraries(of: Scene.product(name)).contains { $0.hasPrefix("libpq.so") } == has, "\(name)")
        }
        func hasClient(_ name: String) throws -> Bool {
            // The module's name is in the names of its types.
            try Data(contentsOf: URL(filePath: Scene.product(name)), options: .mappedIfSafe).range(of: Data("15AsyncHTTPClient".utf8)) != nil
        }
        #expect(try hasClient("hector-plugins") && !hasClient("hector-plugin-agent"))
    }

    private static func libraries(of path: String) throws -> [String] {
        try libraries(of: Data(contentsOf: URL(filePath: path), options: .mappedIfSafe))
    }

    /// The libraries that a 64-bit little-endian ELF file names.
    private static func libraries(of file: Data) throws -> [String] {
        func number<Number: FixedWidthInteger>(_ place: Int, as type: Number.Type = Number.self) throws -> Int {
            try #require(place >= 0 && place + MemoryLayout<Number>.size <= file.count, "not an ELF file")
            return Int(file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: type).littleEndian })
        }
        try #require(file.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), "not an ELF file")
        let (table, size, count) = (try number(40, as: UInt64.self), try number(58, as: UInt16.self), try number(60, as: UInt16.self))
        func section(_ index: Int) -> Int { table + index * size }
        var names: [String] = []
        for index in 0..<count where try number(section(index) + 4, as: UInt32.self) == 6 { // SHT_DYNAMIC
            let (offset, length) = (try number(section(index) + 24, as: UInt64.self), try number(section(index) + 32, as: UInt64.self))
            let strings = try number(section(number(section(index) + 40, as: UInt32.self)) + 24, as: UInt64.self)
            for entry in stride(from: offset, to: offset + length, by: 16) where try number(entry, as: Int64.self) == 1 { // DT_NEEDED
                let name = file[(strings + (try number(entry + 8, as: UInt64.self)))...].prefix { $0 != 0 }
                names.append(String(decoding: name, as: UTF8.self))
            }
        }
        return names
    }
}
