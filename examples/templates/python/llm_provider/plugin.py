"""A language model that says what it was told, word by word."""

from hector_plugin import Provider, grpc, number, pb, serve
from hector.plugin import plugin_pb2_grpc


class MyModel(Provider, plugin_pb2_grpc.LLMProviderServicer):
    name, type, description = "my-plugin", "llm_provider", "Says what it was told"
    capabilities = {"streaming": "true", "options": "max_tokens"}
    max_words = 1000

    def configure(self, config):
        self.max_words = number(config, "max_words", self.max_words)

    def GetModelInfo(self, request, context):
        return pb.ModelInfo(model_name=self.name)

    def Generate(self, request, context):
        words, reason = self.answer(request, context)
        return pb.GenerateResponse(text=" ".join(words), tokens_used=len(words), finish_reason=reason)

    def GenerateStreaming(self, request, context):
        words, reason = self.answer(request, context)
        for index, word in enumerate(words):
            if not context.is_active():  # Nobody waits for the answer any more.
                return
            yield pb.StreamChunk(type=pb.TEXT, text=word if index == 0 else " " + word)
        yield pb.StreamChunk(type=pb.DONE, tokens_used=len(words), finish_reason=reason)

    def answer(self, request, context):
        prompts = [message.content for message in request.messages if message.role == "user"]
        if not prompts:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request has no message of a user")
        words = prompts[-1].split(" ")
        most = min(self.max_words, request.options.max_tokens or self.max_words)
        return words[:most], pb.FINISH_REASON_STOP if len(words) <= most else pb.FINISH_REASON_LENGTH


if __name__ == "__main__":
    serve(MyModel(), plugin_pb2_grpc.add_LLMProviderServicer_to_server)
