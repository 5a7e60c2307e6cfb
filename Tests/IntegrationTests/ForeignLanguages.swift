import Foundation
import Testing

/// The Python that has gRPC.
enum TestPython {
    static let path: String? = {
        let path = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"] ?? Scene.package.appending(path: ".build/test-python/bin/python").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()
    static let missing: Comment = "run 'deploy/prerequisites python .build/test-python Tests/InteropTests/python/requirements.txt'"
}

/// Go with the libraries of Debian and Ubuntu.
enum TestGo {
    static let isHere = ["/usr/bin/go", "/usr/share/gocode/src/google.golang.org/grpc", "/usr/share/gocode/src/github.com/hashicorp/go-plugin"]
        .allSatisfy(FileManager.default.fileExists)
    static let missing: Comment = "run 'deploy/prerequisites test'"
}
