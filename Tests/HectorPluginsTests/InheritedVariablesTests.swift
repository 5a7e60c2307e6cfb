import HectorPlugins
import Testing

@Suite struct InheritedVariablesTests {
    private static let host = [
        "PATH": "/bin", "HOME": "/root", "USER": "me", "SHELL": "/bin/sh", "LANG": "C", "LC_ALL": "C", "TZ": "UTC", "TMPDIR": "/tmp",
        "XDG_CACHE_HOME": "/c", "LD_LIBRARY_PATH": "/lib", "CUDA_VISIBLE_DEVICES": "0", "http_proxy": "p", "HTTPS_PROXY": "p",
        "no_proxy": "p", "ALL_PROXY": "p", "HECTOR_TOKEN": "t", "HECTOR_ANY": "t", "A_KEY": "a", "PLAIN": "x",
    ]

    @Test func `It inherits all but Hector's own, unless more is withheld`() {
        let plain = InheritedVariables().of(Self.host)
        #expect(Set(Self.host.keys).subtracting(plain.keys) == ["HECTOR_TOKEN", "HECTOR_ANY"])
        let strict = InheritedVariables(withheld: Set(Self.host.keys)).of(Self.host)
        #expect(Set(strict.keys) == Set(Self.host.keys).subtracting(["HECTOR_TOKEN", "HECTOR_ANY", "A_KEY", "PLAIN"]))
    }

    @Test func `Where it inherits nothing, it has what every program needs`() {
        #expect(InheritedVariables(inherits: false).of(Self.host)
            == ["PATH": "/bin", "HOME": "/root", "LANG": "C", "TZ": "UTC", "TMPDIR": "/tmp"])
        #expect(InheritedVariables(inherits: false).of([:]) == [:])
    }

    @Test func `What is added counts, whatever is inherited`() {
        let added = ["PATH": "/opt", "HECTOR_ANY": "mine", "A_KEY": "b"]
        #expect(InheritedVariables(inherits: false, added: added).of([:]) == added)
        let merged = InheritedVariables(withheld: ["A_KEY"], added: added).of(Self.host)
        #expect(added.allSatisfy { merged[$0.key] == $0.value } && merged["PLAIN"] == "x")
    }
}
