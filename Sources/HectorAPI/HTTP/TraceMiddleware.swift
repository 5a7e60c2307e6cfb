import HectorCore
import HTTPTypes
import HectorProto
import Hummingbird
import Logging

/// Takes in what ties together all that a request causes, `traceparent` and `x-request-id`, so that it travels on into the
/// plugins. Every answer names its `x-request-id`, the log does: where the client sent none, or none that is fit for a
/// log, one is made. A `traceparent` that is not valid (W3C Trace Context §3.2), or given twice, is ignored.
struct TraceMiddleware: RouterMiddleware {
    let newID: @Sendable () -> String

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let given = TraceContext(
            traceParent: Self.only(.traceParent, of: request), requestID: Self.only(.requestID, of: request))
        let id = given?.requestID ?? newID()
        let trace = TraceContext(traceParent: given?.traceParent, requestID: id)
        var context = context
        context.logger[metadataKey: "request_id"] = "\(id)"
        var response = try await TraceContext.$current.withValue(trace) { [context] in try await next(request, context) }
        if let name = HTTPField.Name.requestID { response.headers[name] = id }
        // A stream is made while it is written.
        let body = response.body
        guard body.contentLength == nil else { return response }
        response.body = ResponseBody { writer in
            try await TraceContext.$current.withValue(trace) { try await body.write(writer) }
        }
        return response
    }

    private static func only(_ name: HTTPField.Name?, of request: Request) -> String? {
        guard let name else { return nil }
        let values = request.headers[values: name]
        return values.count == 1 ? values.first : nil
    }
}

extension HTTPField.Name {
    fileprivate static let traceParent = HTTPField.Name(TraceContext.traceParentName)
    fileprivate static let requestID = HTTPField.Name(TraceContext.requestIDName)
}
