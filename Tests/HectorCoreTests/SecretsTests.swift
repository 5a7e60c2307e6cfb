@testable import HectorCore
import Testing

struct SecretsTests {
    @Test(arguments: ["key", "KEY", "API_KEY", "x-api-key", "apiKey", "githubToken", "DB_PASSWORD_2", "client.secret", "authorization", "PGPASSWORD", "DB_PWD", "set-cookie"])
    func `Names say that a value is secret`(name: String) { #expect(Secrets.isSecret(name)) }

    @Test(arguments: ["", "url", "max_tokens", "KEY_FILE", "AWS_ACCESS_KEY_ID", "SSH_AUTH_SOCK", "keyboard", "12", "PWD", "OLDPWD"])
    func `Others do not`(name: String) { #expect(!Secrets.isSecret(name)) }

    @Test func `Keys, headers, members of objects and passwords in addresses are found`() {
        let secrets = Secrets(in: [
            "api_key": "key-of-mine", "model": "llama3.2", "headers": #"{"x-one": "Bearer header-one", "x": "short"}"#, "env": #"{"LEVEL": "debugging", "OWN_TOKEN": "env-token"}"#,
            "url": "postgresql://me:p%40ss:word@db/notes", "plain": "http://127.0.0.1:8080/v1", "token": "12345",
        ])
        #expect(secrets == Secrets(["key-of-mine", "Bearer header-one", "header-one", "env-token", "p%40ss:word", "p@ss:word"]))
    }

    @Test func `They are removed wherever they stand, the longest first`() {
        let secrets = Secrets(["secret-1", "secret-1-and-more", "line one\nline two", "tiny"])
        #expect(secrets.removed(from: "a secret-1-and-more, secret-1secret-1, line two, tiny") == "a [secret], [secret][secret], [secret], tiny")
        #expect(secrets.removed(from: "nothing") == "nothing" && Secrets.none.removed(from: "secret-1") == "secret-1")
    }

    @Test func `Where a text was cut, the beginning of one is removed`() {
        let secrets = Secrets(["0123456789"])
        #expect(secrets.removed(from: "it is 01234567") == "it is [secret]" && secrets.removed(from: "it is 0123456…") == "it is [secret]…")
        #expect(secrets.removed(from: "'it is 012345…', he said") == "'it is [secret]…', he said")
        #expect(secrets.removed(from: "it is 01234") == "it is 01234" && secrets.removed(from: "0123456 is it") == "0123456 is it")
    }
}
