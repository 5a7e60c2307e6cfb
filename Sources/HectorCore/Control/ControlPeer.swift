import Glibc

/// The user at the other end of a control socket: the kernel's word (SO_PEERCRED, unix(7)), as it was when the client connected.
package struct ControlPeer: Sendable {
    // As `struct ucred` of the kernel.
    private var process: Int32 = 0
    package private(set) var user: UInt32 = 0
    private var group: UInt32 = 0

    package struct Refused: Error, Sendable {
        package let user: UInt32
    }

    /// - Throws: `Refused` where that user is neither this process's nor root.
    package func check(user: UInt32 = geteuid()) throws(Refused) {
        guard self.user == user || self.user == 0 else { throw Refused(user: self.user) }
    }
}
