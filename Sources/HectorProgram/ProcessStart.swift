internal import Glibc

/// What a program finds when it starts, made fit for one that runs for long.
package enum ProcessStart {
    /// To be called before anything is opened.
    package static func prepare() {
        openStandardStreams()
        // Who reads our output may be gone: that is an error of the write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
    }

    /// For a program that runs for long, before `ProgramRun` listens to signals: the end of a terminal, or a log rotation,
    /// is no reason to die.
    package static func outliveHangups() {
        // Rather than SIG_IGN: an ignored signal would never arrive later on either.
        signal(SIGHUP) { _ in }
    }

    /// Opens those of the descriptors 0, 1 and 2 that are closed on nothing: otherwise the next file or socket gets one of
    /// their numbers, and what is meant for a terminal goes there.
    private static func openStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest number that is free is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }
}
