import Foundation
import HectorCore
import HectorDocuments
import TestDocuments
import Testing

@testable import HectorBuiltins

@Suite struct ExtractTests {
    private let limit = 1 << 20

    private func html(_ text: String) throws -> String { try HTMLText.text(Array(text.utf8), limit: limit) }

    @Test func htmlIsItsTextWithHeadings() throws {
        let text = """
            <!DOCTYPE html><html><head><title>A &amp; B</title><style>p{}</style><script>if (a < b) { "</p>" }</script></head>
            <body><!-- <p>hidden</p> --><h2 class="x>y">Part&nbsp;one</h2><p>Fish &#38; chips,<br>5 &lt; 6 &unknown; &#x2014; done.</p>
            <ul><li>one<li>two</ul><table><tr><td>a</td><td>b</td></tr></table><pre>  kept
              as is</pre></body>
            """
        #expect(try html(text) == """
            A & B

            ## Part one

            Fish & chips,
            5 < 6 &unknown; — done.

            - one
            - two

            a b

              kept
              as is


            """)
    }

    @Test(arguments: [
        ("a < b and <", "a < b and <"), ("<p", ""), ("<script>never ends", ""), ("<!-- never ends", ""), ("&", "&"), ("&#0;&#xD800;&#99999999;", "&#0;&#xD800;&#99999999;"),
        ("<a href='x>'>link</a>", "link"), ("<p>a<p>b", "a\n\nb"), ("</p></p>x", "x"), ("<![CDATA[x]]>y", "y"), ("<script/>a</script>b", "b"),
    ]) func brokenHTMLIsRead(source: String, text: String) throws {
        #expect(try html(source) == text)
    }

    @Test func docxIsItsParagraphsWithHeadings() throws {
        let xml = """
            <?xml version="1.0"?><w:document xmlns:w="x"><w:body><w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>The &amp; title</w:t></w:r></w:p>
            <w:p><w:r><w:t xml:space="preserve">First </w:t></w:r><w:r><w:tab/><w:t>part</w:t></w:r><w:instrText>HYPERLINK</w:instrText></w:p><w:p/><w:p><w:r><w:t>Second.</w:t></w:r></w:p></w:body></w:document>
            """
        #expect(try DocxText.text(TestDocuments.docx(xml), limits: ExtractLimits()) == "## The & title\n\nFirst part\n\nSecond.\n\n")
    }

    @Test func entitiesOfADocumentTypeExpandToNothing() throws {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><w:p><w:t>&b;</w:t></w:p>"
        #expect(try DocxText.text(ofDocument: Array(bomb.utf8), limit: limit).contains("&b;"))
    }

    @Test func anArchiveExpandsToItsBoundWhateverItSays() throws {
        var limits = ExtractLimits()
        limits.expandedBytes = 1 << 20
        var archive = TestArchive()
        archive.add("word/document.xml", [UInt8](repeating: 0x20, count: (1 << 20) + 1), claimed: 10)
        #expect(archive.bytes.count < 10_000)
        #expect(throws: DocumentError(.tooLarge, "")) { try DocxText.text(archive.bytes, limits: limits) }
    }

    @Test func whatIsNoDocxIsTold() {
        var other = TestArchive()
        other.add("a.txt", Array("a".utf8))
        var secret = TestArchive()
        secret.add("word/document.xml", Array("a".utf8), flags: 1)
        let whole = TestDocuments.docx("<w:p><w:t>x</w:t></w:p>")
        let cases: [([UInt8], DocumentError.Code)] = [
            ([], .malformed), (Array("not a zip".utf8), .malformed), (other.bytes, .malformed), (secret.bytes, .encrypted), ([0xD0, 0xCF, 0x11, 0xE0, 0], .encrypted),
            (Array(whole.dropLast(10)), .malformed),
        ]
        for (bytes, code) in cases { #expect(throws: DocumentError(code, "")) { try DocxText.text(bytes, limits: ExtractLimits()) } }
    }

    /// Bytes changed, left out and doubled at random: the readers end, within their bounds, with a text or an error.
    @Test func damagedDocumentsEndWell() {
        let html = Array("<html><h1 a='b'>T &amp; &#65;</h1><script>x</script><p>text<br/><![CDATA[y]]><!-- c --></p><pre>p</pre></html>".utf8)
        let docx = TestDocuments.docx("<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r><w:t>Hello &lt; there</w:t></w:r></w:p>")
        var state: UInt64 = 42
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, limit)
        }
        for round in 0..<20_000 {
            var bytes = round % 2 == 0 ? html : docx
            for _ in 0...random(4) {
                let at = random(bytes.count)
                switch random(4) {
                case 0: bytes[at] = UInt8(random(256))
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + random(20)))
                case 2: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + random(20))], at: at)
                default: bytes = Array(bytes[..<at]) + [0x3C]
                }
                if bytes.isEmpty { bytes = [0x3C] }
            }
            let text = round % 2 == 0 ? try? HTMLText.text(bytes, limit: limit) : try? DocxText.text(bytes, limits: ExtractLimits())
            // Headings and items are told by a few characters.
            #expect((text?.utf8.count ?? 0) <= 8 * bytes.count)
        }
    }

    @Test func textIsDecoded() throws {
        #expect(try PlainText.text(Array("\u{FEFF}grün".utf8)) == "grün")
        #expect(try PlainText.text([0x67, 0x72, 0xFC, 0x6E, 0x80]) == "grün€")
        #expect(try PlainText.text([0xFF, 0xFE, 0x67, 0, 0xFC, 0]) == "gü" && PlainText.text([0xFE, 0xFF, 0, 0x67]) == "g")
        #expect(throws: DocumentError(.malformed, "")) { try PlainText.text([0x67, 0]) }
    }

    @Test func noLinkIsFollowed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hector-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/store/sub", withIntermediateDirectories: true)
        try "secret".write(toFile: folder + "/secret.txt", atomically: true, encoding: .utf8)
        try "fine".write(toFile: folder + "/store/sub/fine.txt", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: folder + "/store/link.txt", withDestinationPath: "../secret.txt")
        try FileManager.default.createSymbolicLink(atPath: folder + "/store/up", withDestinationPath: "..")
        func text(_ path: String) throws -> DocumentText { try Extraction.text(root: folder + "/store", path: path, limits: ExtractLimits()) }
        #expect(try text("sub/fine.txt").text == "fine")
        #expect(try text("sub/fine.txt").digest == "d14a58bae804a2b80b5b76a010239c88ffca1fc7951a90f8e9131beda1e23c1b")
        for path in ["link.txt", "up/secret.txt", "../secret.txt", "sub/../../secret.txt", "/etc/passwd.txt", "gone.txt"] {
            #expect(throws: DocumentError(.moved, "")) { try text(path) }
        }
        #expect(mkfifo(folder + "/store/pipe.txt", 0o600) == 0)
        #expect(throws: DocumentError(.unreadable, "")) { try text("pipe.txt") }
    }
}
