/// Turns text into vectors. `Provider` says on which thread its methods run, and what they throw.
public protocol EmbedderProvider: Provider {
    /// The text's vector, whose size is the `dimension` of `embedderInfo`; never empty. Whether it has length 1 is up to the
    /// model.
    ///
    /// - Throws: `ProviderError` with `tooLarge` for a text that is longer than the model takes, if it is not cut.
    func embed(_ text: String) async throws -> [Float]

    /// The model's name and the size of its vectors, which stays the same for the life of the provider.
    func embedderInfo() async throws -> EmbedderInfo
}
