// A Hector plugin in Go: a language model that says what it was told, word by word.
//
// github.com/hashicorp/go-plugin does the handshake, AutoMTLS, health and shutdown; what is left is the provider.
package main

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// handshake is the same for every Hector plugin.
var handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "HECTOR_PLUGIN",
	MagicCookieValue: "hector_plugin_v1",
}

// echo is the provider. Its delay is set by Initialize and read by every call.
type echo struct {
	delay int64 // nanoseconds before each word
	// Answers UNIMPLEMENTED to what go-echo does not have: GenerateFrom, and what later versions of the .proto file add.
	plugin.UnimplementedLLMProviderServer
}

func (e *echo) Initialize(_ context.Context, request *plugin.InitializeRequest) (*plugin.InitializeResponse, error) {
	if text := request.Config["delay_milliseconds"]; text != "" {
		milliseconds, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return &plugin.InitializeResponse{Error: "'delay_milliseconds' must be a number from 0 to 65535, not '" + text + "'"}, nil
		}
		atomic.StoreInt64(&e.delay, int64(milliseconds)*int64(time.Millisecond))
	}
	return &plugin.InitializeResponse{Success: true}, nil
}

func (e *echo) Shutdown(context.Context, *plugin.ShutdownRequest) (*plugin.ShutdownResponse, error) {
	return &plugin.ShutdownResponse{Success: true}, nil
}

func (e *echo) Health(context.Context, *plugin.HealthRequest) (*plugin.HealthResponse, error) {
	return &plugin.HealthResponse{Healthy: true}, nil
}

func (e *echo) GetManifest(context.Context, *plugin.ManifestRequest) (*plugin.ManifestResponse, error) {
	return &plugin.ManifestResponse{
		Name: "go-echo", Version: "0.1.0", Author: "Hector", Description: "Says what it was told, word by word",
		Type: "llm_provider", Protocol: "grpc", HectorVersion: ">=0.1.0",
		Capabilities: map[string]string{"streaming": "true", "function_calling": "false"},
	}, nil
}

func (e *echo) GetStatus(context.Context, *plugin.StatusRequest) (*plugin.StatusResponse, error) {
	return &plugin.StatusResponse{Status: "ready"}, nil
}

func (e *echo) GetModelInfo(context.Context, *plugin.Empty) (*plugin.ModelInfo, error) {
	return &plugin.ModelInfo{ModelName: "go-echo", MaxTokens: 4096}, nil
}

func (e *echo) Generate(ctx context.Context, request *plugin.GenerateRequest) (*plugin.GenerateResponse, error) {
	var answer strings.Builder
	count, err := e.say(ctx, request, func(word string) error {
		answer.WriteString(word)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &plugin.GenerateResponse{Text: answer.String(), TokensUsed: count}, nil
}

func (e *echo) GenerateStreaming(request *plugin.GenerateRequest, stream plugin.LLMProvider_GenerateStreamingServer) error {
	count, err := e.say(stream.Context(), request, func(word string) error {
		return stream.Send(&plugin.StreamChunk{Type: plugin.ChunkType_TEXT, Text: word})
	})
	if err != nil {
		return err
	}
	return stream.Send(&plugin.StreamChunk{Type: plugin.ChunkType_DONE, TokensUsed: count})
}

// say hands over the last user message word by word and returns how many words it had.
// It stops when the caller is gone.
func (e *echo) say(ctx context.Context, request *plugin.GenerateRequest, word func(string) error) (int32, error) {
	prompt := ""
	for _, message := range request.Messages {
		if message.Role == "user" {
			prompt = message.Content
		}
	}
	if prompt == "" {
		return 0, status.Error(codes.InvalidArgument, "the request has no user message")
	}
	words := strings.SplitAfter(prompt, " ")
	for _, next := range words {
		select {
		case <-ctx.Done():
			return 0, status.FromContextError(ctx.Err()).Err()
		case <-time.After(time.Duration(atomic.LoadInt64(&e.delay))):
		}
		if err := word(next); err != nil {
			return 0, err
		}
	}
	return int32(len(words)), nil
}

// llm tells go-plugin how to offer the provider.
type llm struct {
	goplugin.NetRPCUnsupportedPlugin
	provider plugin.LLMProviderServer
}

func (p *llm) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	plugin.RegisterLLMProviderServer(server, p.provider)
	return nil
}

func (p *llm) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (interface{}, error) {
	return nil, status.Error(codes.Unimplemented, "this program is a plugin, not a host")
}

func main() {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         goplugin.PluginSet{"llm_provider": &llm{provider: &echo{}}},
		GRPCServer:      goplugin.DefaultGRPCServer,
	})
}
