import Glibc
internal import HectorCore
import HectorHandshake

/// What the first bytes of a file say about how it is run.
enum ExecutableFormat: Hashable {
    /// `isNative`: this machine's processor runs it. `loader`: the dynamic loader that it asks for.
    case elf(machine: String, isNative: Bool, loader: String?)
    /// `#!INTERPRETER ARGUMENT`
    case script(interpreter: String, argument: String?)
    case unknown

    /// Reads the start of a file; 4 KiB hold everything that matters.
    init(header: [UInt8]) {
        if header.starts(with: [0x23, 0x21]) {
            let line = header.dropFirst(2).prefix { $0 != 0x0A }
            let words = String(decoding: line, as: UTF8.self).split(maxSplits: 1) { $0 == " " || $0 == "\t" || $0 == "\r" }
            self = words.first.map { .script(interpreter: String($0), argument: words.dropFirst().first.map(String.init)) } ?? .unknown
        } else if header.starts(with: [0x7F, 0x45, 0x4C, 0x46]), header.count >= 20 {
            let isLittle = header[5] == 1
            let machine = isLittle ? Int(header[18]) | Int(header[19]) << 8 : Int(header[19]) | Int(header[18]) << 8
            let name = Self.machines[machine] ?? "machine \(machine)"
            // ELF32 on a 64-bit machine is left to the kernel, which may run it.
            let isNative = isLittle && Self.native.contains(machine)
            self = .elf(machine: name, isNative: isNative, loader: header[4] == 2 && isLittle ? Self.loader64(header) : nil)
        } else {
            self = .unknown
        }
    }

    private static let machines = [
        3: "x86 (32 bit)", 20: "PowerPC", 21: "PowerPC 64", 22: "S390", 40: "ARM (32 bit)", 62: "x86-64",
        183: "ARM 64", 243: "RISC-V", 258: "LoongArch",
    ]

    #if arch(x86_64)
        private static let native = [62, 3]
        static let nativeName = "x86-64"
    #elseif arch(arm64)
        private static let native = [183, 40]
        static let nativeName = "ARM 64"
    #else
        private static let native = Array(0...65535)
        static let nativeName = "this machine"
    #endif

    /// The text of the PT_INTERP segment.
    private static func loader64(_ header: [UInt8]) -> String? {
        func number(_ offset: Int, _ bytes: Int) -> Int? {
            guard offset >= 0, offset <= header.count - bytes else { return nil }
            let value = (0..<bytes).reduce(UInt64(0)) { $0 | UInt64(header[offset + $1]) << (8 * UInt64($1)) }
            return Int(exactly: value)
        }
        guard let table = number(32, 8), let size = number(54, 2), let count = number(56, 2), table < header.count
        else { return nil }
        for index in 0..<count {
            let entry = table + index * size
            guard let kind = number(entry, 4) else { return nil }
            guard kind == 3 else { continue }
            guard let start = number(entry + 8, 8), let length = number(entry + 32, 8),
                start < header.count, length <= header.count - start
            else { return nil }
            return String(decoding: header[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
        }
        return nil
    }
}

/// Says why a program cannot be run, in words that tell what to do.
package struct Executable {
    private let plugin: String
    private let path: String
    /// Where `#!/usr/bin/env NAME` looks.
    private let searchPath: String

    package init(plugin: String, path: String, environment: [String: String]) {
        self.plugin = plugin
        self.path = path
        searchPath = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    }

    /// Throws what would keep the program from starting, as far as can be told without starting it.
    package func check() throws(PluginError) {
        guard path.hasPrefix("/") else {
            throw error(.notFound, "\(quoted(path)) is not an absolute path")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            let number = errno
            if let trouble = HostTrouble(number) { throw error(.host, "\(quoted(path)) cannot be inspected: \(trouble)") }
            throw switch number {
            case EACCES: error(.notFound, "no permission to access \(quoted(path)). Check the permissions of its directories")
            case ENOENT, ENOTDIR: error(.notFound, "\(quoted(path)) does not exist. Build the plugin, or correct its path")
            default: error(.notFound, "\(quoted(path)) cannot be inspected: \(String(cString: strerror(number)))")
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw error(.notAFile, "\(quoted(path)) is a directory or a special file. Name the executable itself")
        }
        guard access(path, X_OK) == 0 else {
            throw error(.notExecutable, "\(quoted(path)) has no execute bit for this user. Run: chmod +x \(shellWord)")
        }
        // What may be run need not be readable; then the kernel decides.
        guard let header = readHeader() else { return }
        try check(header)
    }

    /// What an errno of `execve` means for this program.
    func explain(_ failure: SpawnError) -> PluginError {
        if let trouble = HostTrouble(failure.number) { return error(.host, "it cannot be started: \(trouble)") }
        do {
            try check()
        } catch {
            return error
        }
        switch failure.number {
        case EACCES:
            return error(.notExecutable, "\(quoted(path)) may not be executed. Is it on a file system mounted noexec?")
        case ENOEXEC:
            return error(.unknownFormat, "\(quoted(path)) is not an executable for this machine. Rebuild it for \(ExecutableFormat.nativeName)")
        case ENOENT:
            return error(.missingInterpreter, "\(quoted(path)) needs an interpreter or loader that is not installed")
        case ETXTBSY:
            return error(.beingWritten, "\(quoted(path)) is open for writing in another process. It is started once that process has closed it")
        default:
            return error(.spawn, "the system cannot execute \(quoted(path)): \(failure)")
        }
    }

    private func check(_ header: [UInt8]) throws(PluginError) {
        switch ExecutableFormat(header: header) {
        case .elf(let machine, false, _):
            throw error(
                .wrongArchitecture,
                "\(quoted(path)) is built for \(machine), this machine is \(ExecutableFormat.nativeName). Rebuild it for \(ExecutableFormat.nativeName)")
        case .elf(_, _, let loader?) where access(loader, F_OK) != 0:
            throw error(
                .missingInterpreter,
                "\(quoted(path)) needs the loader \(quoted(loader)), which is not installed. Build it for this system's C library, or statically")
        case .elf: break
        case .script(let interpreter, let argument):
            guard access(interpreter, X_OK) == 0 else {
                throw error(
                    .missingInterpreter,
                    "\(quoted(path)) is a script for \(quoted(interpreter)), which is not installed. Install it, or correct the script's first line")
            }
            if interpreter.hasSuffix("/env"), let name = argument, !name.hasPrefix("-"), !name.contains(where: { " =".contains($0) }), !isInSearchPath(name) {
                throw error(
                    .missingInterpreter,
                    "\(quoted(path)) is a script for \(quoted(name)), which is not in PATH. Install it, or correct the script's first line")
            }
        case .unknown:
            throw error(
                .unknownFormat,
                "\(quoted(path)) is neither a Linux program nor a script with a '#!' line. Name the built executable")
        }
    }

    private func isInSearchPath(_ name: String) -> Bool {
        name.contains("/") ? access(name, X_OK) == 0 : searchPath.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    private func readHeader() -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, 4096))
        }
    }

    private var shellWord: String { "'" + path.replacing("'", with: "'\\''") + "'" }

    private func error(_ code: PluginError.Code, _ problem: String) -> PluginError {
        PluginError(code, plugin: plugin, problem)
    }
}
