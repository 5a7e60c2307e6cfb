internal import FoundationEssentials
internal import HectorProto
internal import SwiftProtobuf

/// The .proto files of a `google.protobuf.FileDescriptorSet`, found by their names and by what they define.
struct DescriptorIndex: Sendable {
    private struct File {
        /// A `google.protobuf.FileDescriptorProto`, as the compiler wrote it.
        let bytes: Data
        let dependencies: [String]
    }

    private var files: [String: File] = [:]
    /// Fully qualified names, and the name of the file that defines each.
    private var symbols: [String: String] = [:]
    private var messages: Set<String> = []

    /// What this package speaks. Fails only where `proto/generate` wrote what it should not.
    static let own = Result { try DescriptorIndex(base64: OwnDescriptors.base64) }

    /// - Throws: `RPCError` (INTERNAL) for anything that is not a descriptor set in Base64.
    init(base64: String) throws {
        do {
            guard let set = Base64.decode(base64.utf8) else { throw RPCError(.internalError, "not Base64") }
            try self.init(set)
        } catch {
            throw RPCError(.internalError, "the descriptors of this build are damaged: run proto/generate", cause: error)
        }
    }

    /// - Throws: `BinaryDecodingError` for anything that is not a descriptor set.
    init(_ set: [UInt8]) throws {
        for bytes in try Hector_Reflection_DescriptorSet(serializedBytes: set).file {
            let file = try Hector_Reflection_FileDescriptor(serializedBytes: bytes)
            files[file.name] = File(bytes: bytes, dependencies: file.dependency)
            for message in file.message { add(message, in: file.package, of: file.name) }
            for kind in file.enum { add(kind, in: file.package, of: file.name) }
            for service in file.service {
                let name = add(service.name, in: file.package, of: file.name)
                for method in service.method { add(method.name, in: name, of: file.name) }
            }
        }
    }

    /// The file of that name and all that it imports, itself first, each once; nil where it is not known.
    func file(named name: String) -> [Data]? {
        guard files[name] != nil else { return nil }
        var names = [name]
        var seen: Set = [name]
        var next = 0
        while next < names.count {
            for dependency in files[names[next]]?.dependencies ?? [] where seen.insert(dependency).inserted {
                names.append(dependency)
            }
            next += 1
        }
        return names.compactMap { files[$0]?.bytes }
    }

    /// The file that defines the symbol, as `file(named:)` gives it. Fully qualified: `hector.plugin.LLMProvider.Generate`.
    func file(defining symbol: String) -> [Data]? { symbols[symbol].flatMap(file(named:)) }

    func isMessage(_ name: String) -> Bool { messages.contains(name) }

    @discardableResult
    private mutating func add(_ name: String, in scope: String, of file: String) -> String {
        let name = scope.isEmpty ? name : "\(scope).\(name)"
        symbols[name] = file
        return name
    }

    private mutating func add(_ message: Hector_Reflection_MessageDescriptor, in scope: String, of file: String) {
        let name = add(message.name, in: scope, of: file)
        messages.insert(name)
        for part in message.field + message.oneof { add(part.name, in: name, of: file) }
        for kind in message.enum { add(kind, in: name, of: file) }
        for nested in message.nested { add(nested, in: name, of: file) }
    }

    /// The values of an enum are its siblings, not its children.
    private mutating func add(_ kind: Hector_Reflection_EnumDescriptor, in scope: String, of file: String) {
        add(kind.name, in: scope, of: file)
        for value in kind.value { add(value.name, in: scope, of: file) }
    }
}
