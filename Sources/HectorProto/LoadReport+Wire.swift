package import HectorLoad
internal import SwiftProtobuf

extension LoadReport {
    /// What `MeshMetadata.load` carries.
    package var bytes: [UInt8] {
        // It has no required field and no text: nothing in it can fail to be written.
        (try? message.serializedBytes()) ?? []
    }

    package var message: Hector_Mesh_V1_LoadReport {
        var message = Hector_Mesh_V1_LoadReport()
        message.inFlight = UInt32(clamping: inFlight)
        if let queued { message.queued = UInt32(clamping: queued) }
        if let slots { message.slots = Float(slots) }
        message.slotsLearned = slotsAreLearned
        if let serviceTime { message.serviceTime = Float(serviceTime) }
        if let prefillRate { message.prefillRate = Float(prefillRate) }
        if let decodeRate { message.decodeRate = Float(decodeRate) }
        return message
    }

    package init(_ message: Hector_Mesh_V1_LoadReport) {
        self.init(
            inFlight: Int(message.inFlight), queued: message.hasQueued ? Int(message.queued) : nil,
            slots: message.hasSlots ? Double(message.slots) : nil, slotsAreLearned: message.slotsLearned,
            serviceTime: message.hasServiceTime ? Double(message.serviceTime) : nil,
            prefillRate: message.hasPrefillRate ? Double(message.prefillRate) : nil,
            decodeRate: message.hasDecodeRate ? Double(message.decodeRate) : nil)
    }

    /// What any program may send: nil where it is no report, or longer than one can be. A response with such a report is as good as
    /// one without.
    package init?(bytes: [UInt8]) {
        guard bytes.count <= NodeReportLimits().loadReport else { return nil }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        guard let message = try? Hector_Mesh_V1_LoadReport(serializedBytes: bytes, options: options) else { return nil }
        self.init(message)
    }
}
