internal import HectorCore
internal import HectorProto
package import HectorProviders
package import HectorRPC
internal import SwiftProtobuf

extension RPCServices {
    package mutating func offer(_ provider: some ToolProvider, in process: ServedProcess? = nil) {
        let process = process ?? ServedProcess([provider])
        let meter = process.meter
        let limits = ToolLimits()
        offerCommon(provider, .tool, ToolProviderMethods.common, process)
        question(ToolProviderMethods.listTools, meter) { _ in
            let tools = try await provider.tools()
            if let problem = limits.problem(tools) { throw ProviderError(.failed, problem) }
            return .with { $0.tools = tools }
        }
        serverStreaming(ToolProviderMethods.callTool) { request, writer, context in
            try await meter.work(context, measuresService: false) { try await failingAsStatus {
                if let problem = limits.problem(request) { throw ProviderError(.invalidRequest, problem) }
                let end = try await provider.call(request) { output in
                    if case .end = output.output { throw ProviderError(.failed, "a tool returns its end, and does not send it") }
                    if let problem = limits.problem(output) { throw ProviderError(.failed, problem) }
                    try await writer.writeForAuthor(output)
                }
                try await writer.write(.with { $0.end = end })
            } }
        }
    }

    package mutating func offer(_ provider: some ReasoningStrategy, in process: ServedProcess? = nil) {
        let process = process ?? ServedProcess([provider])
        let meter = process.meter
        let limits = ToolLimits()
        offerCommon(provider, .reasoning, ReasoningStrategyMethods.common, process)
        serverStreaming(ReasoningStrategyMethods.decide) { request, writer, context in
            try await meter.work(context, measuresService: false) { try await failingAsStatus {
                let step = try await provider.decide(request) { event in
                    switch event.event {
                    case .note, .text: try await writer.writeForAuthor(event)
                    default: throw ProviderError(.failed, "a strategy sends notes and text, and returns its step")
                    }
                }
                guard step.isStep else { throw ProviderError(.failed, "the strategy returned no step") }
                guard step.state.count <= limits.stateBytes else {
                    throw ProviderError(.failed, "the state of a step has \(step.state.count) bytes; \(limits.stateBytes) are the most")
                }
                try await writer.write(step)
            } }
        }
    }
}

extension ResponseWriter {
    /// Throws what authors expect where the call has ended.
    func writeForAuthor(_ message: Message) async throws {
        do {
            try await write(message)
        } catch let error as RPCError where error.code == .cancelled {
            throw CancellationError()
        }
    }
}
