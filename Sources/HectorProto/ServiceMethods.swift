package import SwiftProtobuf

/// `plugin.GRPCController` of go-plugin.
package enum ControllerMethods {
    package static let shutdown = Method<Plugin_Empty, Plugin_Empty>("plugin.GRPCController", "Shutdown", .notIdempotent)
}

/// `plugin.GRPCStdio` of go-plugin.
package enum StdioMethods {
    package static let streamStdio =
        Method<Google_Protobuf_Empty, Plugin_StdioData>("plugin.GRPCStdio", "StreamStdio", .notIdempotent)
}

/// `grpc.health.v1.Health`
package enum HealthMethods {
    package static let service = "grpc.health.v1.Health"
    package static let check =
        Method<Grpc_Health_V1_HealthCheckRequest, Grpc_Health_V1_HealthCheckResponse>(service, "Check", .idempotent)
    package static let watch =
        Method<Grpc_Health_V1_HealthCheckRequest, Grpc_Health_V1_HealthCheckResponse>(service, "Watch", .idempotent)
}

/// `grpc.reflection.v1.ServerReflection`, and the same under its older name.
package enum ReflectionMethods {
    package typealias Info = Method<Grpc_Reflection_V1_ServerReflectionRequest, Grpc_Reflection_V1_ServerReflectionResponse>
    package static let v1 = Info("grpc.reflection.v1.ServerReflection", "ServerReflectionInfo", .idempotent)
    package static let v1alpha = Info("grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo", .idempotent)
}

/// `hector.plugin.Offers`
package enum OffersMethods {
    package static let watch = Method<WatchOffersRequest, OfferSet>("hector.plugin.Offers", "Watch", .idempotent)
}

/// `hector.control.v1.Control`
package enum ControlMethods {
    private static let service = "hector.control.v1.Control"
    package static let status = Method<Hector_Control_V1_StatusRequest, Hector_Control_V1_NodeStatus>(service, "Status", .idempotent)
    package static let drain = Method<Hector_Control_V1_DrainRequest, Hector_Control_V1_NodeStatus>(service, "Drain", .idempotent)
    package static let undrain = Method<Hector_Control_V1_UndrainRequest, Hector_Control_V1_NodeStatus>(service, "Undrain", .idempotent)
    package static let reload = Method<Hector_Control_V1_ReloadRequest, Hector_Control_V1_ReloadResponse>(service, "Reload", .idempotent)
}

/// `hector.mesh.v1.Node`
package enum NodeMethods {
    package static let watch = Method<Hector_Mesh_V1_WatchRequest, Hector_Mesh_V1_NodeState>("hector.mesh.v1.Node", "Watch", .idempotent)
    package static let probe = Method<Hector_Mesh_V1_ProbeRequest, Hector_Mesh_V1_LoadReport>("hector.mesh.v1.Node", "Probe", .idempotent)
}
