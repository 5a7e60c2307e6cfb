/// What calls of a replica are made on: a handle, neither opened nor closed by the router.
///
/// An existential, and not a parameter of every type here: generic types are not specialised for those of another module, and then
/// every step of the router looks up their metadata.
package protocol CallTarget: Sendable {
    /// Whether it is the same way to the same replica.
    func isSame(as other: any CallTarget) -> Bool
}

extension CallTarget where Self: Equatable {
    package func isSame(as other: any CallTarget) -> Bool { other as? Self == self }
}
