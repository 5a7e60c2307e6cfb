/// The path of a key below `path`: joined with a dot, in quotes where it could be misread.
func keyPath(_ path: String, _ key: String) -> String {
    let isSimple = !key.isEmpty && key.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
    let step = isSimple && key.utf8.count <= 60 ? key : cited(key)
    return path.isEmpty ? step : "\(path).\(step)"
}
