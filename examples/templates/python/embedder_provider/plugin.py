"""An embedder that counts words: texts with the same words are near each other."""

import math, zlib

from hector_plugin import Provider, grpc, number, pb, serve
from hector.plugin import plugin_pb2_grpc


class MyEmbedder(Provider, plugin_pb2_grpc.EmbedderProviderServicer):
    name, type, description = "my-plugin", "embedder_provider", "Counts words by their checksum"
    capabilities = {"embed_batch": "true"}
    dimension = 64

    def configure(self, config):
        self.dimension = number(config, "dimension", self.dimension, most=4096)

    def GetEmbedderInfo(self, request, context):
        return pb.EmbedderInfo(model_name=self.name, dimension=self.dimension)

    def Embed(self, request, context):
        return pb.EmbedResponse(vector=self.vector(request.text, context))

    def EmbedBatch(self, request, context):
        if request.dimension not in (0, self.dimension):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"vectors have {self.dimension} numbers")
        return pb.EmbedBatchResponse(embeddings=[pb.Embedding(vector=self.vector(text, context)) for text in request.texts])

    def vector(self, text, context):
        if not text:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "there is no text to embed")
        vector = [0.0] * self.dimension
        for word in text.lower().split():
            # The same in every process, as hash() is not.
            vector[zlib.crc32(word.encode()) % self.dimension] += 1
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector] if length else vector


if __name__ == "__main__":
    serve(MyEmbedder(), plugin_pb2_grpc.add_EmbedderProviderServicer_to_server)
