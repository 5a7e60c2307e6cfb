import Glibc
internal import HectorCore
import HectorHandshake
import Logging
import NIOCore
import NIOPosix

/// Reads a child's stdout and stderr until their ends: the first line of stdout is the handshake, the rest is log.
/// Reading never waits for anybody, so that a plugin that prints is never held up.
struct ChildOutput: Sendable {
    /// The first line on stdout; nil when stdout ended before one came.
    let firstLine = Signal<LineReader.Line?>()
    /// Both have been read to their ends.
    let isDrained = Signal<Void>()

    let log: PluginLog

    private let child: ChildProcess
    private let group: any EventLoopGroup
    private let timing: Timing
    private let unreadable = Signal<HostTrouble>()

    init(_ child: ChildProcess, log: PluginLog, on group: any EventLoopGroup, timing: Timing) {
        self.child = child
        self.log = log
        self.group = group
        self.timing = timing
    }

    /// Returns when both have ended, or the task is cancelled.
    func drain() async {
        await withTaskGroup { tasks in
            tasks.addTask {
                while (try? await timing.sleep(for: .seconds(1))) != nil { log.tick() }
            }
            await withTaskGroup { readers in
                readers.addTask {
                    await read(child.standardError) { log.add($0, from: .standardError) }
                }
                readers.addTask { await readOutput() }
            }
            tasks.cancelAll()
        }
        log.finish()
        isDrained.set()
    }

    /// What it printed last, for an error message.
    var lastWords: String { log.lastWords }

    /// Why its output cannot be read, where the reason is ours.
    var trouble: HostTrouble? { unreadable.value }

    private func readOutput() async {
        // A byte more than a good line may have, so that a longer one is seen.
        var first = LineReader(limit: Handshake.Limits.lineBytes + 1)
        await read(child.standardOutput) { bytes in
            var taken = 0
            if firstLine.value == nil {
                taken = first.read(bytes) { line, isTruncated in
                    firstLine.set(LineReader.Line(text: String(decoding: line, as: UTF8.self), isTruncated: isTruncated))
                    return false
                }
            }
            log.add(UnsafeRawBufferPointer(rebasing: bytes[taken...]), from: .standardOutput)
        }
        firstLine.set(first.finish())
    }

    private func read(_ descriptor: CInt, _ body: (UnsafeRawBufferPointer) -> Void) async {
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await NIOPipeBootstrap(group: group).takingOwnershipOfDescriptor(input: descriptor) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
        } catch {
            // The bootstrap takes the descriptor only when it succeeds.
            close(descriptor)
            if let trouble = (error as? IOError).flatMap({ HostTrouble($0.errnoCode) }) { unreadable.set(trouble) }
            return log.add("its output cannot be read: \(error)", level: .error)
        }
        do {
            try await channel.executeThenClose { inbound in
                for try await bytes in inbound { bytes.withUnsafeReadableBytes(body) }
            }
        } catch {
            // A pipe has no errors that matter beside its end; cancellation ends here too.
        }
    }
}
