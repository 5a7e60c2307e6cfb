import Glibc
import HectorCore
import Testing

struct FilesTests {
    @Test func `A file is read up to a limit`() throws {
        let file = try TemporaryFolder()
        defer { file.remove() }
        let path = file.path + "/f"
        try file.make("f", Array("0123456789".utf8))
        #expect(try contents(ofFile: path, upTo: 100) == Array("0123456789".utf8))
        #expect(try contents(ofFile: path, upTo: 10) == Array("0123456789".utf8))
        #expect(try contents(ofFile: path, upTo: 4) == Array("0123".utf8))
    }

    @Test func `What cannot be read says why`() {
        #expect(throws: UnreadableFile.self) { try contents(ofFile: "/nonexistent/f", upTo: 1) }
        #expect(UnreadableFile(code: ENOENT).description == "no such file")
        let folder = #expect(throws: UnreadableFile.self) { try contents(ofFile: "/usr", upTo: 1) }
        #expect(folder?.code == EISDIR)
    }

    @Test(arguments: [
        ("/", "/"), ("/a/b", "/a/b"), ("/a//b/", "/a/b"), ("/a/./b/.", "/a/b"), ("/a/../b", "/b"), ("/../..", "/"), ("/a/b/../../..", "/"),
        ("/a/..b/c.", "/a/..b/c."),
    ]) func `A path is brought into one form`(path: String, form: String) {
        #expect(absolutePath(path) == form)
    }

    @Test func `A relative path starts from the current directory`() {
        #expect(absolutePath("a/../b") == absolutePath(currentDirectory() + "/b"))
        #expect(absolutePath(".") == absolutePath(currentDirectory()))
        #expect(absolutePath("") == absolutePath("."))
    }

    @Test func `The names in a folder are those of all its entries`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.make("b", [])
        try folder.make(".a", [])
        #expect(names(inFolder: folder.path)?.sorted() == [".a", "b"])
        #expect(names(inFolder: folder.path + "/b") == nil)
        #expect(names(inFolder: folder.path + "/c") == nil)
    }

    @Test func `All is written to a descriptor that does not block, however slowly it is read`() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let reader = Reader(reading)
        try HectorCore.write(bytes, to: writing)
        close(writing)
        #expect(reader.read() == bytes)
    }

    @Test func `A closed pipe and a full disk are told apart`() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        let closed = #expect(throws: OutputError.self) { try HectorCore.write([1], to: ends[1]) }
        close(ends[1])
        guard case .closed = closed else {
            Issue.record("\(String(describing: closed))")
            return
        }
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let failed = #expect(throws: OutputError.self) { try HectorCore.write([1], to: full) }
        #expect(failed?.description == "cannot write to standard output: No space left on device")
    }

    @Test func `The variables of the process are all there, with what follows their first equals sign`() {
        setenv("HECTOR_TEST_OF_VARIABLES", "a=b", 1)
        #expect(environmentVariables()["HECTOR_TEST_OF_VARIABLES"] == "a=b")
        #expect(environmentVariables()["HECTOR_TEST_OF_NOTHING"] == nil)
    }
}

/// Reads a descriptor to its end on a thread of its own, and closes it.
private final class Reader: @unchecked Sendable { // Written before the thread ends, read after.
    private var bytes: [UInt8] = []
    private let descriptor: CInt
    private var thread = pthread_t()

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        pthread_create(
            &thread, nil,
            {
                guard let it = $0.map({ Unmanaged<Reader>.fromOpaque($0).takeRetainedValue() }) else { return nil }
                it.bytes = (try? contents(of: it.descriptor)) ?? []
                close(it.descriptor)
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    func read() -> [UInt8] {
        pthread_join(thread, nil)
        return bytes
    }
}

private struct TemporaryFolder {
    let path: String

    init() throws {
        var name = Array("/tmp/hector-files-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw UnreadableFile(code: errno) }
        path = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    func make(_ name: String, _ bytes: [UInt8]) throws {
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        try HectorCore.write(bytes, to: file)
    }

    func remove() {
        for name in names(inFolder: path) ?? [] { unlink(path + "/" + name) }
        rmdir(path)
    }
}
