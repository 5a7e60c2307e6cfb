import Foundation
import Testing

struct BoundsPageTests {
    @Test func `The page of bounds says what the code does`() throws {
        let page = try BoundsPage.text()
        let file = Package.folder.appending(path: BoundsPage.path)
        if ProcessInfo.processInfo.environment["HECTOR_WRITE_BOUNDS"] != nil { try page.write(to: file, atomically: true, encoding: .utf8) }
        // Comparing whole would print both.
        let (made, found) = (page.split(separator: "\n"), try Package.text(BoundsPage.path).split(separator: "\n"))
        for (made, found) in zip(made, found) where made != found {
            Issue.record("the page is not what the code says; make bounds writes it anew.\nmade:  \(made)\nfound: \(found)")
            return
        }
        #expect(made.count == found.count, "the page is not what the code says; make bounds writes it anew")
    }

    @Test func `Every bound has a reason`() throws {
        for group in try BoundsPage.sections().flatMap(\.groups) {
            #expect(!group.bounds.isEmpty, "\(group.title) has no bounds")
            for bound in group.bounds { #expect(bound.reason.count > 8, "\(group.title).\(bound.name) has no reason") }
        }
    }

    @Test func `The keys of the page are bounds of it`() throws {
        let names = Set(try BoundsPage.sections().flatMap(\.groups).flatMap { group in group.bounds.map { "\(group.title).\($0.name)" } })
        for key in BoundsPage.keys.keys { #expect(names.contains(key), "\(key) is no bound") }
    }

    /// A value of limits that nobody added to the page would be a bound that nobody reads.
    @Test func `Every declaration of limits is on the page, with all its members`() throws {
        let groups = try BoundsPage.sections().flatMap(\.groups)
        // The limits of one call, which the configuration sets.
        let files = try Package.sources().filter { !$0.path.hasSuffix("Providers/MeshCaller.swift") }
        var found = 0
        for (path, text) in files where text.contains(/(?:struct|enum) \w*Limits\b/) {
            found += 1
            let here = groups.filter { $0.file == "Sources/\(path)" }
            #expect(!here.isEmpty, "\(path) declares limits that are not on the page")
            guard path.hasSuffix("Limits.swift") else { continue }
            let names = Set(here.flatMap { $0.bounds.map(\.name) })
            for match in text.matches(of: #/(?m)^    (?:package )?(?:static let|var) (\w+)(?:: [\w<>]+)? = /#) {
                let name = String(match.output.1)
                guard !["standard", "configuration"].contains(name) else { continue }
                #expect(names.contains(name), "\(path): \(name) is not on the page")
            }
        }
        #expect(found >= 14)
    }

    /// Pages that repeat a bound repeat it as it is.
    @Test(arguments: Repeated.all) func `Other pages that name a bound name this one`(repeated: Repeated) throws {
        let text = try Package.text(repeated.page).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(text.contains(repeated.words), "\(repeated.page) should say: \(repeated.words)")
    }
}
