import HectorHandshake
import Testing

@Suite struct SidesTests {
    private let host = HostSide(socketDirectory: "/run/h/1", temporaryDirectory: "/tmp/h/1", clientCertificatePEM: "PEM")

    @Test func hostSetsExactlyTheHandshake() {
        let environment = host.environment(inheriting: [
            "PATH": "/bin", "PLUGIN_MULTIPLEX_GRPC": "true", "TMPDIR": "/elsewhere", "HECTOR_PLUGIN": "other",
        ])
        #expect(
            environment == [
                "PATH": "/bin", "HECTOR_PLUGIN": "hector_plugin_v1", "PLUGIN_PROTOCOL_VERSIONS": "1",
                "PLUGIN_MIN_PORT": "10000", "PLUGIN_MAX_PORT": "25000", "PLUGIN_UNIX_SOCKET_DIR": "/run/h/1",
                "TMPDIR": "/tmp/h/1", "PLUGIN_CLIENT_CERT": "PEM",
            ])
    }

    @Test func inheritedCertificateDoesNotReachAPlainPlugin() {
        let environment = HostSide(socketDirectory: "/d").environment(inheriting: ["PLUGIN_CLIENT_CERT": "foreign"])
        #expect(environment["PLUGIN_CLIENT_CERT"] == nil)
    }

    @Test func pluginReadsWhatTheHostSet() {
        #expect(
            PluginSide(environment: host.environment(inheriting: [:]))
                == .underHost(
                    .init(appVersion: 1, socketDirectory: "/run/h/1", clientCertificatePEM: "PEM")))
    }

    @Test(arguments: [[:], ["HECTOR_PLUGIN": ""], ["HECTOR_PLUGIN": "hector_plugin_v2"]])
    func startedByHand(_ environment: [String: String]) {
        guard case .byHand(let explanation) = PluginSide(environment: environment) else {
            Issue.record("took \(environment) for a host")
            return
        }
        #expect(explanation.contains("hector serve"))
    }

    @Test(arguments: [("1", 1), ("3,2,1", 3), (" 2 , 9", 2), ("9", 1), ("", 1), ("rubbish", 1)])
    func highestCommonVersion(_ offered: String, _ expected: Int) {
        let environment = ["HECTOR_PLUGIN": "hector_plugin_v1", "PLUGIN_PROTOCOL_VERSIONS": offered]
        guard case .underHost(let settings) = PluginSide(environment: environment, supportedVersions: [1, 2, 3]) else {
            Issue.record("did not see the host")
            return
        }
        #expect(settings.appVersion == expected)
    }

    @Test func oldHostKnowsOnlyTMPDIR() {
        let environment = [
            "HECTOR_PLUGIN": "hector_plugin_v1", "PLUGIN_UNIX_SOCKET_DIR": "", "TMPDIR": "/t",
            "PLUGIN_MIN_PORT": "20", "PLUGIN_MAX_PORT": "10", "PLUGIN_CLIENT_CERT": "",
        ]
        #expect(
            PluginSide(environment: environment)
                == .underHost(.init(appVersion: 1, socketDirectory: "/t", clientCertificatePEM: nil)))
    }
}
