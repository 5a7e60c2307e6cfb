import Foundation
import Testing

@testable import HectorLoad

/// Functions of our own give the same figures on all machines, and those of the C library to 1e-7.
struct PortableTests {
    @Test func theExponentialIsRight() {
        for step in -400...400 {
            let value = Double(step) / 10
            #expect(abs(value.exponential / exp(value) - 1) < 1e-6, "\(value)")
        }
    }

    @Test func theLogarithmIsRight() {
        for step in -200...200 {
            let value = pow(10, Double(step) / 10)
            #expect(abs(value.naturalLogarithm - log(value)) < 1e-6, "\(value)")
        }
    }
}
