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
