import Testing

/// What runs whole programs: one test at a time, since each of them starts several processes.
@Suite(.serialized) struct Integration {}
