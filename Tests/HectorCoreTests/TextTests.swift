import HectorCore
import Testing

struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("plain-_.~09AZ", "plain-_.~09AZ"), ("a b/c", "a%20b%2Fc"), ("50 %", "50%20%25"), ("grün", "gr%C3%BCn"), ("日", "%E6%97%A5"),
    ]) func `A part of a path is encoded and decoded again`(text: String, encoded: String) {
        #expect(text.percentEncoded == encoded)
        #expect(encoded.percentDecoded == text)
    }

    @Test(arguments: ["%", "%4", "%zz", "a%2", "%C3", "%FF%FE", "%-1", "%+1"])
    func `What is no encoding is nothing`(text: String) {
        #expect(text.percentDecoded == nil)
    }

    @Test func `Small digits and what needs no encoding are decoded too`() {
        #expect("%c3%bc%41 ü+".percentDecoded == "üA ü+")
    }
}

struct DecimalTextTests {
    @Test(arguments: [
        (0.0, 0, "0"), (0.5, 0, "0"), (1.5, 0, "2"), (2.345, 2, "2.35"), (99.94, 1, "99.9"), (99.95, 1, "100.0"), (-1.25, 1, "-1.2"), (1e20, 0, "100000000000000000000"),
    ]) func `Numbers are rounded as printf does`(number: Double, places: Int, text: String) {
        #expect(decimal(number, places) == text)
    }

    @Test func `The largest number fits, and infinity is written by name`() {
        #expect(decimal(.greatestFiniteMagnitude, 2).count == 312)
        #expect(decimal(.infinity, 1) == "inf")
    }
}
