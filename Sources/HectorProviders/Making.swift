/// A message with its fields set: what `with` of SwiftProtobuf does, which this target does not import.
func making<Message>(_ message: Message, _ change: (inout Message) -> Void) -> Message {
    var message = message
    change(&message)
    return message
}
