/// Turns text into vectors. `Provider` describes the threads, concurrency, cancellation and errors of all methods.
public protocol EmbedderProvider: Provider {
    /// Returns the vector of one text.
    ///
    /// The host may repeat the call on another replica after a failure.
    ///
    /// - Parameter text: One text; there are no batches, but many calls run at the same time.
    /// - Returns: Exactly `embedderInfo().dimension` elements; never empty, since the host treats an empty vector as a failure
    ///   of the replica. Vectors need not have length 1: normalize them if the database compares by dot product.
    /// - Throws: `ProviderError` with `tooLarge` if the text is longer than the model accepts (unless it is truncated), with
    ///   `invalidRequest` if it cannot be embedded, for example because it is empty.
    func embed(_ text: String) async throws -> [Float]

    /// Returns the model's name and the number of elements in its vectors. Both must stay the same while the provider runs.
    func embedderInfo() async throws -> EmbedderInfo
}
