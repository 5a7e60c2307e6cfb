import COpenSSL
import NIOCore
import Testing

@testable import HectorRPC

/// What decides about a connection is checked, and what others left behind decides nothing.
struct TLSFailsClosedTests {
    private static let now: Int64 = 1_780_000_000

    /// Leaves an error in this thread's queue, as any other user of OpenSSL may.
    private func stray() {
        let rubbish: [UInt8] = [1, 2, 3]
        _ = rubbish.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_X509(nil, &start, bytes.count)
        }
        #expect(ERR_peek_error() != 0)
    }

    @Test func `An error that others left in the thread's queue ends no connection`() throws {
        let identities = try TLSEngineTests.Identities()
        let client = try Side(.client, identities.clientTrusting(identities.server))
        let server = try Side(.server, identities.serverTrusting(identities.client))
        stray()
        try client.engine.start()
        for _ in 0..<8 {
            for (from, to) in [(client, server), (server, client)] {
                let bytes = Array(from.engine.takeOutput().readableBytesView)
                // In two pieces: the first one leaves OpenSSL wanting more.
                for piece in [bytes.prefix(bytes.count / 2), bytes.dropFirst(bytes.count / 2)] where !piece.isEmpty {
                    stray()
                    try to.take(piece)
                }
            }
        }
        #expect(client.engine.peer != nil && server.engine.peer != nil)
        stray()
        try client.send([1, 2, 3])
        let record = Array(client.engine.takeOutput().readableBytesView)
        stray()
        try server.take(record.prefix(5))
        stray()
        try server.take(record.dropFirst(5))
        #expect(server.received == [1, 2, 3])
        stray()
        client.engine.close()
        #expect(ERR_peek_error() == 0)
        stray()
        try server.take(Array(client.engine.takeOutput().readableBytesView)[...])
        #expect(server.progress == .closed)
    }

    /// A name longer than SNI allows: without the name the server would not be checked for it.
    @Test func `A server name that cannot be set makes no connection`() throws {
        let identities = try TLSEngineTests.Identities()
        let name = String(repeating: "a", count: 300)
        let context = try TLSContext(.client, identities.clientTrusting(identities.server, name: name))
        let error = #expect(throws: TLSError.self) { try TLSEngine(context) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains("server's name") == true, "\(String(describing: error))")
    }

    @Test func `After a failure nothing more is asked of OpenSSL`() throws {
        let identities = try TLSEngineTests.Identities()
        let server = try Side(.server, identities.serverTrusting(identities.client))
        #expect(throws: TLSError.self) { try server.take(Array("GET / HTTP/1.1\r\n\r\n".utf8)[...]) }
        _ = server.engine.takeOutput()
        #expect(throws: TLSError.self) { try server.take([22, 3, 1, 0, 1][...]) }
        #expect(throws: TLSError.self) { try server.send([1]) }
        server.engine.close()
        #expect(server.engine.takeOutput().readableBytes == 0)
    }

    /// AutoMTLS: nobody has files that could be corrected.
    @Test func `Where one certificate alone is trusted, no advice is given about authorities`() throws {
        let identities = try TLSEngineTests.Identities()
        let other = try TLSIdentity.selfSigned(now: Self.now)
        let client = try Side(.client, identities.clientTrusting(identities.server))
        let server = try Side(.server, identities.serverTrusting(other))
        try client.engine.start()
        let found = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        let alert = Array(server.engine.takeOutput().readableBytesView)
        let told = #expect(throws: TLSError.self) { try client.take(alert[...]) }
        for error in [found, told] {
            #expect(error?.code == .untrusted && error?.fault != nil)
            #expect(error?.advice == nil)
            #expect(error?.description.contains("mesh") == false, "\(String(describing: error))")
        }
    }

    // MARK: what the other side is told

    struct Unwelcome: Error {}

    /// What the refused side gets to hear.
    private func told(refusing role: TLSContext.Role, version: TLSConfiguration.Version) throws -> TLSError? {
        let identities = try TLSEngineTests.Identities()
        var ours = try identities.clientTrusting(identities.server)
        var theirs = try identities.serverTrusting(identities.client)
        ours.trust = .authorities(pem: identities.server.certificatePEM)
        theirs.trust = .authorities(pem: identities.client.certificatePEM)
        (ours.minimumVersion, theirs.minimumVersion) = (version, version)
        if role == .client { ours.authorize = { _ in throw Unwelcome() } } else { theirs.authorize = { _ in throw Unwelcome() } }
        let context = try TLSContext(.client, ours)
        if version == .tls12 { context.limitToTLS12() }
        let client = try Side(context)
        let server = try Side(.server, theirs)
        try client.engine.start()
        #expect(throws: Unwelcome.self) { try converse(client, server, pieces: .max) }
        let (refusing, refused) = role == .client ? (client, server) : (server, client)
        #expect(refusing.engine.peer == nil)
        let alert = Array(refusing.engine.takeOutput().readableBytesView)
        return #expect(throws: TLSError.self) { try refused.take(alert[...]) }
    }

    @Test(arguments: [TLSContext.Role.client, .server], [TLSConfiguration.Version.tls12, .tls13])
    func `Who may not come in is told so by an alert`(role: TLSContext.Role, version: TLSConfiguration.Version) throws {
        let error = try told(refusing: role, version: version)
        #expect(error?.code == .untrusted)
        #expect(error?.fault == .notAuthorized)
        #expect(error?.alert == .certificateUnknown)
        #expect(error?.description.contains("the peer does not accept our certificate (alert certificate_unknown (46)); see the peer's log") == true,
            "\(String(describing: error))")
    }

    /// A pair of self-signed identities of which one side's clock is wrong.
    private func atTime(_ now: Int64) throws -> (found: TLSError?, told: TLSError?) {
        let identities = try TLSEngineTests.Identities()
        var ours = try identities.clientTrusting(identities.server)
        var theirs = try identities.serverTrusting(identities.client)
        ours.trust = .authorities(pem: identities.server.certificatePEM)
        theirs.trust = .authorities(pem: identities.client.certificatePEM)
        let client = try Side(TLSContext(.client, ours) { 1_780_000_000 })
        let server = try Side(TLSContext(.server, theirs) { now })
        try client.engine.start()
        let found = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        let alert = Array(server.engine.takeOutput().readableBytesView)
        return (found, #expect(throws: TLSError.self) { try client.take(alert[...]) })
    }

    @Test func `Clocks are named when they may be the reason, on both sides`() throws {
        let early = try atTime(Self.now - 86_400)
        #expect(early.found?.fault == .notYetValid)
        #expect(early.found?.description.contains("it is valid from 2026-05-28T20:21:40Z, and the time here is 2026-05-27T20:26:40Z; check both machines' clocks") == true,
            "\(String(describing: early.found))")
        #expect(early.told?.alert == .badCertificate)
        #expect(early.told?.description.contains("check both machines' clocks") == true, "\(String(describing: early.told))")

        let late = try atTime(Self.now + 31 * 365 * 86_400)
        #expect(late.found?.fault == .expired)
        #expect(late.found?.description.contains("renew the certificate there, and check both machines' clocks") == true)
        #expect(late.told?.fault == .expired)
        #expect(late.told?.alert == .certificateExpired)
        #expect(late.told?.description.contains("renew the certificate here, and check both machines' clocks") == true)
    }

    @Test func `A peer without a certificate, and one that we want without`() throws {
        let identities = try TLSEngineTests.Identities()
        let context = try TLSContext(.client, identities.clientTrusting(identities.server))
        SSL_CTX_set_cert_cb(context.pointer, { ssl, _ in
            SSL_certs_clear(ssl)
            return 1
        }, nil)
        let client = try Side(context)
        let server = try Side(.server, identities.serverTrusting(identities.client))
        try client.engine.start()
        let found = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        #expect(found?.fault == .missing)
        let alert = Array(server.engine.takeOutput().readableBytesView)
        let told = #expect(throws: TLSError.self) { try client.take(alert[...]) }
        #expect(told?.fault == .missing)
        #expect(told?.alert == .certificateRequired)
    }

    @Test func `Every alert about a certificate has a fault, and its name`() {
        for alert in [TLSAlert.badCertificate, .unsupportedCertificate, .certificateRevoked, .certificateExpired, .certificateUnknown, .unknownCA, .accessDenied, .certificateRequired] {
            #expect(alert.fault != nil)
            #expect(alert.description.contains("_"))
        }
        #expect(TLSAlert.protocolVersion.fault == nil)
        #expect(TLSAlert(rawValue: 200).description == "200")
    }

    // MARK: PEM

    @Test func `Of a bundle with a damaged certificate nothing is taken, and its number is told`() throws {
        let identities = try TLSEngineTests.Identities()
        let good = identities.server.certificatePEM
        var lines = good.split(separator: "\n").map(String.init)
        lines[2] = String(lines[2].reversed())
        let damaged = lines.joined(separator: "\n") + "\n"
        for (bundle, place) in [
            (good + damaged + good, "block 2 (line \(good.split(separator: "\n").count + 1))"),
            (good + good.replacing("-----END CERTIFICATE-----\n", with: ""), "block 2"),
            (good.replacing("-----END CERTIFICATE-----\n", with: "") + good, "block 1"),
        ] {
            let trusting = TLSConfiguration(identity: identities.client, trust: .authorities(pem: bundle))
            let error = #expect(throws: TLSError.self) { try TLSContext(.client, trusting) }
            #expect(error?.code == .badConfiguration)
            #expect(error?.fault == .brokenBlock)
            #expect(error?.message.contains(place) == true, "\(String(describing: error))")
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test func `Text around blocks, carriage returns, blanks and a byte order mark do no harm`() throws {
        let identities = try TLSEngineTests.Identities()
        let good = identities.server.certificatePEM
        let forms = [
            good, "\u{FEFF}" + good, good.replacing("\n", with: "\r\n"), "Subject: CN=somebody\n\n" + good + "\nthe end",
            good.split(separator: "\n").map { "    \($0)  " }.joined(separator: "\n"),
            identities.server.privateKeyPEM + good, String(good.dropLast()),
        ]
        for form in forms {
            let found = try X509Certificate.all(inPEM: form)
            #expect(found.map(\.der) == [try identities.server.leafDER()], "\(form)")
        }
        #expect(try X509Certificate.all(inPEM: "nothing").isEmpty)
    }
}
