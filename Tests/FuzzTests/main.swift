// The fuzzer: hector-fuzz TARGET [libFuzzer's options] CORPUS…
//
//   hector-fuzz --targets        prints the names of the targets
//   hector-fuzz --seeds CORPORA  writes the first inputs of each target below CORPORA
//
// Tests/FuzzTests/run builds and runs it.
import CLibFuzzer
import Foundation

let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print("usage: hector-fuzz TARGET [libFuzzer's options] CORPUS…")
    exit(2)
}
switch arguments[1] {
case "--targets":
    print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
case "--seeds":
    for target in FuzzTarget.allCases {
        let folder = URL(filePath: arguments[2]).appending(path: target.rawValue)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, bytes) in try Seeds.of(target) { try Data(bytes).write(to: folder.appending(path: name)) }
    }
case let name:
    guard let target = FuzzTarget(rawValue: name) else {
        print("there is no target \(name); there are \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
        exit(2)
    }
    exit(fuzz(target, [arguments[0]] + arguments.dropFirst(2)))
}

/// What libFuzzer calls knows no context.
nonisolated(unsafe) private var fuzzed = FuzzTarget.yaml // Set once, before libFuzzer runs on this thread.

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzzed.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

func fuzz(_ target: FuzzTarget, _ arguments: [String]) -> CInt {
    fuzzed = target
    var count = CInt(arguments.count)
    var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    return strings.withUnsafeMutableBufferPointer { buffer in
        var base = buffer.baseAddress
        return LLVMFuzzerRunDriver(&count, &base, fuzzOne)
    }
}
