internal import HectorCore
internal import HectorProto
package import HectorProviders
package import HectorRPC
internal import SwiftProtobuf

extension RPCServices {
    package mutating func offer(_ provider: some LLMProvider) {
        offerCommon(provider, .llm, LLMProviderMethods.common)
        unary(LLMProviderMethods.generate) { request, _ in
            try await failingAsStatus { try await provider.generate(request) }
        }
        serverStreaming(LLMProviderMethods.generateStreaming) { request, writer, _ in
            try await failingAsStatus {
                let tokens = try await provider.generateStreaming(request) { chunk in
                    do {
                        try await writer.write(chunk)
                    } catch let error as RPCError where error.code == .cancelled {
                        // The error that authors expect.
                        throw CancellationError()
                    }
                }
                var done = StreamChunk()
                done.type = .done
                done.tokensUsed = Int32(clamping: tokens)
                try await writer.write(done)
            }
        }
        unary(LLMProviderMethods.getModelInfo) { _, _ in
            try await failingAsStatus { try await provider.modelInfo() }
        }
    }

    mutating func offer(_ provider: some DatabaseProvider) {
        offerCommon(provider, .database, DatabaseProviderMethods.common)
        unary(DatabaseProviderMethods.upsert) { request, _ in
            try await failingAsStatus { try await provider.upsert(request) }
            return .with { $0.success = true }
        }
        unary(DatabaseProviderMethods.search) { request, _ in
            let results = try await failingAsStatus { try await provider.search(request) }
            return .with { $0.results = results }
        }
        unary(DatabaseProviderMethods.delete) { request, _ in
            try await failingAsStatus { try await provider.delete(collection: request.collection, id: request.id) }
            return .with { $0.success = true }
        }
        unary(DatabaseProviderMethods.createCollection) { request, _ in
            try await failingAsStatus {
                guard let size = Int(exactly: request.vectorSize) else {
                    throw ProviderError(.invalidRequest, "vector_size \(request.vectorSize) is too large")
                }
                try await provider.createCollection(request.collection, vectorSize: size)
            }
            return .with { $0.success = true }
        }
        unary(DatabaseProviderMethods.deleteCollection) { request, _ in
            try await failingAsStatus { try await provider.deleteCollection(request.collection) }
            return .with { $0.success = true }
        }
    }

    mutating func offer(_ provider: some EmbedderProvider) {
        offerCommon(provider, .embedder, EmbedderProviderMethods.common)
        unary(EmbedderProviderMethods.embed) { request, _ in
            let vector = try await failingAsStatus { try await provider.embed(request.text) }
            return .with { $0.vector = vector }
        }
        unary(EmbedderProviderMethods.getEmbedderInfo) { _, _ in
            try await failingAsStatus { try await provider.embedderInfo() }
        }
    }

    private mutating func offerCommon(_ provider: some Provider, _ type: PluginKind, _ methods: ProviderMethods) {
        unary(methods.initialize) { request, _ in
            do {
                try await provider.initialize(config: request.config)
                return .with { $0.success = true }
            } catch {
                return .with { $0.error = "\(error)" }
            }
        }
        unary(methods.shutdown) { _, _ in
            do {
                try await provider.shutdown()
                return .with { $0.success = true }
            } catch {
                return .with { $0.error = "\(error)" }
            }
        }
        unary(methods.health) { _, _ in
            do {
                let health = try await provider.health()
                return .with {
                    $0.healthy = health.isHealthy
                    $0.message = health.message
                }
            } catch {
                return .with { $0.message = "\(error)" }
            }
        }
        unary(methods.getManifest) { _, _ in
            let about = provider.about
            return .with {
                $0.name = about.name
                $0.version = about.version
                $0.author = about.author
                $0.description_p = about.summary
                $0.type = type.rawValue
                $0.protocol = "grpc"
                $0.capabilities = about.capabilities
            }
        }
        unary(methods.getStatus) { _, _ in .with { $0.status = "ready" } }
    }
}

/// Converts a `ProviderError` to the gRPC status of the same meaning.
private func failingAsStatus<T>(_ body: () async throws -> T) async throws -> T {
    do {
        return try await body()
    } catch let error as ProviderError {
        let code: StatusCode =
            switch error.code {
            case .invalidRequest: .invalidArgument
            case .tooLarge: .outOfRange
            case .notFound: .notFound
            case .failedPrecondition: .failedPrecondition
            case .permissionDenied: .permissionDenied
            case .unauthenticated: .unauthenticated
            case .unsupported: .unimplemented
            case .unavailable: .unavailable
            case .exhausted: .resourceExhausted
            case .deadlineExceeded: .deadlineExceeded
            case .cancelled: .cancelled
            case .failed: .internalError
            }
        throw RPCError(code, error.message, cause: error)
    }
}
