/// One event of an A2A stream, as far as a terminal shows it.
struct A2AAnswer: Decodable {
    struct Failure: Decodable {
        var message: String
    }

    struct Part: Decodable {
        var text: String?
    }

    struct Result: Decodable {
        struct Task: Decodable {
            var id: String
            var contextId: String
        }

        struct Update: Decodable {
            struct Artifact: Decodable {
                var parts: [Part]
            }

            var artifact: Artifact
        }

        struct StatusUpdate: Decodable {
            struct Status: Decodable {
                struct Message: Decodable {
                    var parts: [Part]
                }

                var state: String
                var message: Message?
            }

            struct Metadata: Decodable {
                enum CodingKeys: String, CodingKey {
                    case run = "urn:hector:a2a:run:1"
                }

                var run: RunNotice?
            }

            var status: Status
            var metadata: Metadata?
        }

        var task: Task?
        var artifactUpdate: Update?
        var statusUpdate: StatusUpdate?
    }

    var result: Result?
    var error: Failure?
}
