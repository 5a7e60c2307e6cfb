import Glibc
import HectorCore
import HectorHandshake
import HectorYAML

/// A search for plugins: manifests, each beside its executable, in folders.
package struct PluginFolders {
    package struct Found: Sendable, Hashable {
        package var manifest: PluginManifest
        /// The absolute path of the executable.
        package var executable: String
    }

    /// What a search found, and what it found wrong. Neither hides the other.
    package struct Result: Sendable {
        package var plugins: [Found] = []
        package var problems: [PluginError] = []
        /// Named directories that do not exist: most machines have some of the usual ones only.
        package var missing: [String] = []

        /// One warning for all of them; nil if all exist.
        package var warning: String? {
            guard !missing.isEmpty else { return nil }
            return "plugin_discovery.paths: skipped, because \(missing.count == 1 ? "it does" : "they do") not exist: \(missing.map { quoted($0) }.joined(separator: ", "))"
        }
    }

    private let limits: PluginLimits
    private var result = Result()
    private var entries = 0
    /// Folders already seen, by device and inode: links may lead in circles.
    private var visited: Set<[UInt64]> = []

    /// Searches folders in order. Of two plugins with one name the first counts; the second is a problem.
    package static func search(
        _ paths: [String], subfolders: Bool, home: String?, limits: PluginLimits = PluginLimits()
    ) -> Result {
        var search = PluginFolders(limits: limits)
        for path in paths {
            let expanded = path == "~" || path.hasPrefix("~/") ? home.map { $0 + path.dropFirst() } ?? path : path
            let absolute = absolutePath(expanded)
            search.look(into: absolute, depth: subfolders ? limits.folderDepth : 0, isRoot: true)
        }
        return search.result
    }

    private init(limits: PluginLimits) {
        self.limits = limits
    }

    private mutating func look(into folder: String, depth: Int, isRoot: Bool) {
        var status = stat()
        let found = stat(folder, &status) == 0
        if !found, isRoot, errno == ENOENT || errno == ENOTDIR {
            result.missing.append(folder)
            return
        }
        guard found, status.st_mode & S_IFMT == S_IFDIR,
            let names = names(inFolder: folder)
        else {
            // A folder below may vanish or be private; one that the user names should be there.
            if isRoot { fail(.notFound, folder, "\(quoted(folder)) is not a readable directory. Correct its permissions, or plugin_discovery.paths") }
            return
        }
        guard visited.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return }
        for name in names.sorted() where !name.hasPrefix(".") {
            guard entries < limits.folderEntries, result.plugins.count < limits.manifests else {
                if entries != Int.max {
                    fail(.manifest, folder, "the search for plugins stops here: too many files. Name smaller directories in plugin_discovery.paths")
                }
                entries = .max
                return
            }
            entries += 1
            let path = folder + "/" + name
            if name.hasSuffix(PluginManifest.suffix) {
                add(path)
            } else if depth > 0, isFolder(path) {
                look(into: path, depth: depth - 1, isRoot: false)
            }
        }
    }

    private mutating func add(_ file: String) {
        let executable = String(file.dropLast(PluginManifest.suffix.count))
        let manifest: PluginManifest
        do {
            manifest = try PluginManifest(YAMLDocument(contentsOf: file))
        } catch {
            return fail(.manifest, file, "the manifest is not valid: \(error.oneLine)", cause: error)
        }
        guard Label.isValid(manifest.name) else {
            return fail(
                .manifest, file,
                "the name \(quoted(manifest.name)) in \(quoted(file)) cannot be a mesh name. Use at most 62 lower case letters, digits and inner hyphens")
        }
        if let first = result.plugins.first(where: { $0.manifest.name == manifest.name && $0.manifest.kind == manifest.kind }) {
            return fail(
                .manifest, manifest.name,
                "\(quoted(file)) has the same name as \(quoted(first.executable)), which takes precedence. Rename or remove one of them")
        }
        result.plugins.append(Found(manifest: manifest, executable: executable))
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private mutating func fail(_ code: PluginError.Code, _ plugin: String, _ problem: String, cause: (any Error)? = nil) {
        let name = plugin.split(separator: "/").last.map(String.init) ?? plugin
        result.problems.append(PluginError(code, plugin: singleLine(name, limit: 80), problem, cause: cause))
    }
}
