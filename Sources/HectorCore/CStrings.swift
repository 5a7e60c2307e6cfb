internal import Glibc

/// Lends strings to C as an array that ends with NULL.
package func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { buffer in
        // Never empty: NULL is in it.
        body(buffer.baseAddress.unsafelyUnwrapped)
    }
}

/// Lends a string to C; nil is NULL.
package func withOptionalCString<Value>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Value) -> Value {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
