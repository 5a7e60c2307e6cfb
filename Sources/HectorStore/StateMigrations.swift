/// The formats of a state file. A file of format N has had the first N done to it.
///
/// Never change one that was released: add another behind it.
enum StateMigrations {
    static let all: [[String]] = [
        ["CREATE TABLE entries (namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (namespace, key)) WITHOUT ROWID"],
    ]
}
