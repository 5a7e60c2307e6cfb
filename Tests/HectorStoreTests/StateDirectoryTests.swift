import HectorStore
import Testing

@Suite struct StateDirectoryTests {
    @Test(arguments: [
        (nil, [:], true, "/var/lib/hector"),
        (nil, ["HOME": "/home/ada"], false, "/home/ada/.local/state/hector"),
        (nil, ["HOME": "/home/ada", "XDG_STATE_HOME": "/state"], false, "/state/hector"),
        (nil, ["HOME": "/home/ada", "XDG_STATE_HOME": "state"], false, "/home/ada/.local/state/hector"),
        (nil, ["STATE_DIRECTORY": "/var/lib/private/hector:/var/lib/other", "HOME": "/home/ada"], false, "/var/lib/private/hector"),
        ("/srv/state", ["STATE_DIRECTORY": "/var/lib/private/hector"], true, "/srv/state"),
        ("/srv/state", ["HECTOR_STATE_DIR": "/tmp/x/../y"], true, "/tmp/y"),
        ("/srv/state", ["HECTOR_STATE_DIR": ""], true, "/srv/state"),
        ("none", ["HOME": "/home/ada"], false, nil),
        ("/srv/state", ["HECTOR_STATE_DIR": "none"], true, nil),
    ] as [(String?, [String: String], Bool, String?)])
    func `A directory is found`(configured: String?, environment: [String: String], isRoot: Bool, path: String?) {
        let directory = StateDirectory(configured: configured, environment: environment, isRoot: isRoot)
        #expect(directory.path == path && directory.reason == nil)
    }

    @Test func `Without a home nothing is kept, and that is told`() {
        let directory = StateDirectory(configured: nil, environment: [:], isRoot: false)
        #expect(directory.path == nil && directory.reason?.contains("HECTOR_STATE_DIR") == true)
        #expect(StateStore(of: "hector", in: directory).conditions.count == 1)
    }
}
