import Glibc

/// Processor time as the kernel accounts for it (proc(5)), to the hundredth of a second.
enum ProcessorTime {
    /// Whether this system accounts for it.
    static let isKnown = access("/proc/self/stat", R_OK) == 0

    /// What the processes of a group have used, and their children that have ended. Zero where there is no /proc; nil
    /// where this process lacks what it needs to read it: then nothing is known of the group.
    static func ofGroup(_ group: Int32) -> Duration? {
        guard let folder = opendir("/proc") else { return HostTrouble(errno) == nil ? .zero : nil }
        defer { closedir(folder) }
        var ticks: Int64 = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == true else { continue }
            guard let stat = contents(of: "/proc/\(name)/stat") else { return nil }
            ticks += Self.ticks(stat, ofGroup: group)
        }
        return .milliseconds(ticks * 1000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }

    /// The ticks that `/proc/PID/stat` tells; zero for a process of another group.
    static func ticks(_ stat: String, ofGroup group: Int32) -> Int64 {
        // The name in parentheses may have anything in it.
        guard let name = stat.lastIndex(of: ")") else { return 0 }
        // From the third on: state, parent, group, …, utime, stime, cutime, cstime.
        let fields = stat[stat.index(after: name)...].split(separator: " ", maxSplits: 16)
        guard fields.count > 14, Int32(fields[2]) == group else { return 0 }
        return fields[11...14].compactMap { Int64($0) }.reduce(0, &+)
    }

    /// Empty where the process has ended meanwhile; nil for want of something of our own.
    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return HostTrouble(errno) == nil ? "" : nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
