internal import Glibc

/// Descriptors 0, 1 and 2, as a program finds them.
package enum StandardStreams {
    /// Opens those that are closed on nothing: otherwise the next file or socket gets one of their numbers, and what is
    /// meant for a terminal goes there. To be called before anything else is opened.
    package static func open() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest number that is free is this one.
            _ = Glibc.open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }
}
