/// Vectors are kept in rows of whole blocks, so that no row has a rest.
enum DotProduct {
    /// Numbers in a block: one cache line.
    static let block = 16

    static func padded(_ count: Int) -> Int { (count + block - 1) / block * block }

    /// - Parameters:
    ///   - a: `count` numbers, aligned as `SIMD16<Float>`, as are those of `b`.
    ///   - count: A multiple of `block`.
    @inline(__always)
    static func of(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, count: Int) -> Float {
        // Two sums, so that an addition need not wait for the one before it.
        var first = SIMD16<Float>.zero
        var second = SIMD16<Float>.zero
        let end = count * MemoryLayout<Float>.stride
        let width = MemoryLayout<SIMD16<Float>>.stride
        var offset = 0
        while offset + 2 * width <= end {
            first += a.load(fromByteOffset: offset, as: SIMD16<Float>.self) * b.load(fromByteOffset: offset, as: SIMD16<Float>.self)
            second += a.load(fromByteOffset: offset + width, as: SIMD16<Float>.self) * b.load(fromByteOffset: offset + width, as: SIMD16<Float>.self)
            offset += 2 * width
        }
        if offset < end {
            first += a.load(fromByteOffset: offset, as: SIMD16<Float>.self) * b.load(fromByteOffset: offset, as: SIMD16<Float>.self)
        }
        return (first + second).sum()
    }

    /// One divided by the length of a vector; 0 for a vector of zeros, which is near to nothing.
    static func inverseLength(_ vector: UnsafeBufferPointer<Float>) -> Float {
        // In Double: the square of a large Float is beyond what a Float holds.
        var sum = 0.0
        for number in vector { sum += Double(number) * Double(number) }
        return sum > 0 ? Float(1 / sum.squareRoot()) : 0
    }
}

/// A vector of length 1 in memory of its own, aligned and padded.
final class UnitVector: @unchecked Sendable {  // written by the initializer only
    let numbers: UnsafeMutablePointer<Float>
    /// A multiple of `DotProduct.block`.
    let count: Int

    init(_ vector: [Float]) {
        count = DotProduct.padded(vector.count)
        numbers = .aligned(count)
        numbers.initialize(repeating: 0, count: count)
        vector.withUnsafeBufferPointer { vector in
            let scale = DotProduct.inverseLength(vector)
            for index in vector.indices { numbers[index] = vector[index] * scale }
        }
    }

    deinit { numbers.deallocate() }
}

extension UnsafeMutablePointer<Float> {
    static func aligned(_ count: Int) -> Self {
        UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: MemoryLayout<SIMD16<Float>>.alignment)
            .bindMemory(to: Float.self, capacity: count)
    }
}
