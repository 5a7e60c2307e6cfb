public import HectorCore

@available(*, deprecated, renamed: "PluginKind")
public typealias PluginType = PluginKind
