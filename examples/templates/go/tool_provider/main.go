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
