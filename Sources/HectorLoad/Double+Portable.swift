extension Double {
    /// Of a positive number, to 1e-7, and to the last bit the same on all machines, unlike the C library's.
    var naturalLogarithm: Double {
        let isUpper = significand > 1.414_213_562_373_095_1
        let scale = isUpper ? significand / 2 : significand
        let ratio = (scale - 1) / (scale + 1)
        let square = ratio * ratio
        let series = 1 + square * (1 / 3.0 + square * (1 / 5.0 + square * (1 / 7.0 + square / 9)))
        return Double(Int(exponent) + (isUpper ? 1 : 0)) * Self.logarithmOfTwo + 2 * ratio * series
    }

    /// e to the power of this, which is between -40 and 40: to 1e-7, and to the last bit the same on all machines.
    var exponential: Double {
        let halves = (self / Self.logarithmOfTwo).rounded()
        let rest = self - halves * Self.logarithmOfTwo
        let series = 1 + rest * (1 + rest / 2 * (1 + rest / 3 * (1 + rest / 4 * (1 + rest / 5 * (1 + rest / 6)))))
        return Double(sign: .plus, exponent: Int(halves), significand: series)
    }

    private static let logarithmOfTwo = 0.693_147_180_559_945_3
}
