// The floor of the fronts: a bare Hummingbird that sends Hector's bytes and asks nobody.
// Benchmarks/programs/README.md says what it is asked.
import Glibc
import Hummingbird
import Logging
import NIOCore

let arguments = CommandLine.arguments
guard arguments.count == 3, arguments[1] == "server", arguments[2].hasPrefix("tcp:"), let port = Int(arguments[2].dropFirst(4))
else {
    print("usage: front-floor server tcp:PORT")
    exit(2)
}

let router = Router()
router.post("v1/chat/completions") { request, _ in
    let body = try await request.body.collect(upTo: 5 << 20)
    guard let stream = Stream(askedBy: body) else {
        return Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: Answer.whole))
    }
    return Response(
        status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: ResponseBody { try await stream.write(to: &$0) })
}
var log = Logger(label: "front-floor")
log.logLevel = .error
let application = Application(
    router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: "floor"),
    onServerRunning: { _ in
        print("READY")
        fflush(nil)
    }, logger: log)
try await application.run()
