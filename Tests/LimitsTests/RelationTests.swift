import Testing

struct RelationTests {
    @Test(arguments: try Relation.all()) func `Bounds fit each other`(relation: Relation) {
        #expect(relation.holds, "\(relation.text) does not hold, so it is not true that \(relation.why)")
    }
}
