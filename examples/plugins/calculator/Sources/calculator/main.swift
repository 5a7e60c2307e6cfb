// Tools: one that calculates, and one that waits.
import FoundationEssentials
import HectorPlugin

struct Calculator: ToolProvider {
    let about = PluginDescription(
        name: "calculator", version: "0.1.0", author: "The Hector authors", summary: "Calculates, and waits")

    private struct Calculation: Decodable { let expression: String }
    private struct Waiting: Decodable { let seconds: Int }

    func tools() async throws -> [Tool] {
        [
            Tool(
                name: "calculate", description: "Works out an arithmetic expression such as 2 * (3 + 4).",
                parameters: #"{"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}"#,
                readOnly: true, idempotent: true),
            Tool(
                name: "wait", description: "Waits for 1 to 60 seconds.",
                parameters:
                    #"{"type": "object", "properties": {"seconds": {"type": "integer", "minimum": 1, "maximum": 60}}, "required": ["seconds"]}"#,
                readOnly: true, idempotent: true),
        ]
    }

    func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        switch request.name {
        case "calculate":
            let expression = try Self.arguments(Calculation.self, request).expression
            do {
                try await onOutput(.text("\(Expression.value(of: expression))"))
            } catch let problem as Expression.Problem {
                // No error of the call: the model reads it and can do better.
                try await onOutput(.text("\(problem)"))
                return .failure
            }
        case "wait":
            let seconds = try Self.arguments(Waiting.self, request).seconds
            guard (1...60).contains(seconds) else { throw ProviderError(.invalidRequest, "seconds must be from 1 to 60") }
            for second in 0..<seconds {
                try await onOutput(.progress(Double(second), of: Double(seconds), "waiting"))
                try await Task.sleep(for: .seconds(1))
            }
            try await onOutput(.text("waited \(seconds) s"))
        default: throw ProviderError(.notFound, "there is no tool \(request.name)")
        }
        return .done
    }

    private static func arguments<T: Decodable>(_ type: T.Type, _ request: CallToolRequest) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(request.argumentsJson.utf8))
        } catch {
            throw ProviderError(.invalidRequest, "the arguments of \(request.name) are not what its schema says")
        }
    }
}

try await serve(Calculator())
