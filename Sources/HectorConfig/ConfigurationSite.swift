import Foundation
import HectorCore
import HectorYAML

/// What paths in a configuration refer to: the folder that relative ones start from, and what exists.
package struct ConfigurationSite: Sendable {
    package enum Kind: Sendable {
        case file
        case folder
    }

    /// The absolute path of the configuration file's folder.
    package let folder: String
    private let exists: @Sendable (String, Kind) -> Bool

    package init(folder: String, exists: @escaping @Sendable (String, Kind) -> Bool = ConfigurationSite.isOnDisk) {
        self.folder = folder
        self.exists = exists
    }

    /// The site of the file at `path`.
    package init(of path: String) {
        self.init(folder: URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path)
    }

    package static func isOnDisk(_ path: String, _ kind: Kind) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue == (kind == .folder)
    }

    /// The absolute path that `cursor` holds; reports one where nothing is.
    func existing(_ kind: Kind, _ cursor: Cursor) -> String? {
        guard let path = cursor.filePath(relativeTo: folder) else { return nil }
        guard exists(path, kind) else {
            cursor.fail("there is no \(kind == .file ? "file" : "folder") \(singleLine(path)): correct the path")
            return nil
        }
        return path
    }
}
