import Glibc
import HectorHandshake
import NIOCore
import NIOPosix

/// Reads a child's stdout and stderr until their ends: the first line of stdout is the handshake, the rest is log.
struct ChildOutput: Sendable {
    /// The first line on stdout; nil when stdout ended before one came.
    let firstLine = OneShot<LineReader.Line?>()
    /// Both have been read to their ends.
    let isDrained = OneShot<Void>()

    let log: PluginLog

    private let child: ChildProcess
    private let group: any EventLoopGroup
    private let limits: PluginLimits

    init(_ child: ChildProcess, log: PluginLog, on group: any EventLoopGroup, limits: PluginLimits) {
        self.child = child
        self.log = log
        self.group = group
        self.limits = limits
    }

    /// Returns when both have ended, or the task is cancelled.
    func drain() async {
        await withTaskGroup { tasks in
            tasks.addTask {
                await read(child.standardError) { log.add($0, from: .standardError) }
            }
            tasks.addTask {
                await read(child.standardOutput) { line in
                    guard firstLine.now != nil else { return firstLine.fulfil(line) }
                    log.add(line, from: .standardOutput)
                }
                firstLine.fulfil(nil)
            }
        }
        isDrained.fulfil(())
    }

    /// What it printed last, for an error message.
    var lastWords: String { log.lastWords }

    private func read(_ descriptor: CInt, _ body: (LineReader.Line) -> Void) async {
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await NIOPipeBootstrap(group: group).takingOwnershipOfDescriptor(input: descriptor) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
        } catch {
            // The bootstrap takes the descriptor only when it succeeds.
            close(descriptor)
            return log.add(LineReader.Line(text: "[ERROR] its output cannot be read: \(error)"), from: .standardError)
        }
        var reader = LineReader(limit: max(limits.logLineBytes, Handshake.Limits.lineBytes))
        do {
            try await channel.executeThenClose { inbound in
                for try await bytes in inbound {
                    for line in reader.read(bytes.readableBytesView) { body(line) }
                }
            }
        } catch {
            // A pipe has no errors that matter beside its end; cancellation ends here too.
        }
        if let line = reader.finish() { body(line) }
    }
}
