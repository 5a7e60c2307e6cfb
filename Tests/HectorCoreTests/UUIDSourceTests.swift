import HectorCore
import Testing

@Suite struct UUIDSourceTests {
    @Test func namesHaveTheFormAndAreAllDifferent() {
        let source = UUIDSource()
        let names = (0..<1_000).map { _ in source.next() }
        #expect(Set(names).count == 1_000)
        for name in names {
            #expect(name.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil, "\(name)")
        }
        #expect(Set(names).isDisjoint(with: (0..<1_000).map { _ in UUIDSource().next() }))
    }
}
