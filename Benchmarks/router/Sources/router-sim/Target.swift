import HectorMesh

/// Servers are numbers here.
extension Int: CallTarget {}

extension CallTarget {
    var server: Int { self as? Int ?? -1 }
}
