/// The extension of A2A by which agents that ask each other come to an end: its place in the metadata of messages and tasks.
package enum AgentTurnExtension {
    package static let uri = "urn:hector:a2a:turn:1"
}
