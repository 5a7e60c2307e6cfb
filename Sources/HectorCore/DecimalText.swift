internal import Glibc

/// A number with `places` digits behind the point, as printf's `%.1f` writes it.
package func decimal(_ number: Double, _ places: Int) -> String {
    // The largest number has 309 digits before the point.
    String(unsafeUninitializedCapacity: 400) { buffer in
        buffer.withMemoryRebound(to: CChar.self) { characters in
            let length = withVaList([CInt(clamping: places), number]) { vsnprintf(characters.baseAddress, characters.count, "%.*f", $0) }
            return max(0, min(Int(length), characters.count - 1))
        }
    }
}
