/// Something that a person should know, of one subject, for as long as it is so.
package struct MeshCondition: Sendable, Hashable {
    package let kind: ConditionKind
    /// What it is about, as people call it: a node, a replica, a file. With the kind, its identity.
    package let subject: String
    /// The node that the subject is on, where it is on one: its absence may be the cause.
    package let node: String?
    /// What is so and what to do, in one line.
    package let text: String

    package init(_ kind: ConditionKind, _ subject: String, node: String? = nil, _ text: String) {
        self.kind = kind
        self.subject = subject
        self.node = node
        self.text = text
    }

    package struct ID: Sendable, Hashable {
        let kind: ConditionKind
        let subject: String
    }

    package var id: ID { ID(kind: kind, subject: subject) }
}

/// A condition that is shown.
package struct ShownCondition: Sendable, Equatable {
    package let condition: MeshCondition
    /// For how long it has been so.
    package let age: Duration

    package init(condition: MeshCondition, age: Duration) {
        self.condition = condition
        self.age = age
    }
}
