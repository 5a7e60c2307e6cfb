/// Who may know of an agent, and call it.
package enum Visibility: String, Sendable, CaseIterable {
    /// Listed and callable.
    case `public`
    /// Callable by those who know its id, and never listed.
    case `internal`
    /// For other agents of this host only.
    case `private`
}
