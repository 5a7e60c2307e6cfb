// A host that uses the real go-plugin library: starts one LLM plugin, calls everything, stops it, checks each answer.
//
//	go-host [-auto-mtls] [-config KEY=VALUE]... [-prompt TEXT] [-expect TEXT] PLUGIN
//
// Prints one line a check and exits 1 at the first that fails. What the plugin logs goes to standard error.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const kind = "llm_provider"

// llm tells go-plugin how to call the provider.
type llm struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (llm) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return status.Error(codes.Unimplemented, "this program is a host, not a plugin")
}

func (llm) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, connection *grpc.ClientConn) (interface{}, error) {
	return plugin.NewLLMProviderClient(connection), nil
}

// settings collects -config KEY=VALUE.
type settings map[string]string

func (s settings) String() string { return "" }

func (s settings) Set(pair string) error {
	parts := strings.SplitN(pair, "=", 2)
	if len(parts) != 2 {
		return fmt.Errorf("write KEY=VALUE, not %q", pair)
	}
	s[parts[0]] = parts[1]
	return nil
}

// record keeps what go-plugin logs, for a last look, and passes it on.
type record struct {
	lock  sync.Mutex
	lines bytes.Buffer
}

func (r *record) Write(text []byte) (int, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.lines.Write(text)
	return os.Stderr.Write(text)
}

func (r *record) contains(text string) bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	return strings.Contains(r.lines.String(), text)
}

// failed ends the run: main recovers it, so that the plugin is stopped before the program exits.
type failed struct{}

func check(name string, holds bool, detail string) {
	mark := "ok  "
	if !holds {
		mark = "FAIL"
	}
	if detail != "" {
		detail = ": " + detail
	}
	fmt.Printf("%s %s%s\n", mark, name, detail)
	if !holds {
		panic(failed{})
	}
}

func checkCall(name string, err error, holds bool, detail string) {
	if err != nil {
		check(name, false, err.Error())
	}
	check(name, holds, detail)
}

func main() {
	automatic := flag.Bool("auto-mtls", false, "use mutual TLS with certificates made for this run")
	prompt := flag.String("prompt", "the quick brown fox jumps over the lazy dog", "what to say to the model")
	expect := flag.String("expect", "", "what the answer must contain")
	config := settings{}
	flag.Var(config, "config", "KEY=VALUE for Initialize (repeatable)")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}

	log := &record{}
	command := exec.Command(flag.Arg(0))
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  goplugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "HECTOR_PLUGIN", MagicCookieValue: "hector_plugin_v1"},
		Plugins:          goplugin.PluginSet{kind: llm{}},
		Cmd:              command,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         *automatic,
		Logger:           hclog.New(&hclog.LoggerOptions{Name: "go-host", Level: hclog.Debug, Output: log}),
	})
	defer func() {
		client.Kill()
		if problem := recover(); problem != nil {
			if _, expected := problem.(failed); !expected {
				panic(problem)
			}
			os.Exit(1)
		}
	}()

	protocol, err := client.Client()
	checkCall("start and handshake", err, true, "")
	checkCall("health service", protocol.Ping(), true, "")
	dispensed, err := protocol.Dispense(kind)
	checkCall("dispense "+kind, err, true, "")
	exercise(dispensed.(plugin.LLMProviderClient), config, *prompt, *expect)
	stop(client, command, log)
}

func exercise(provider plugin.LLMProviderClient, config settings, prompt, expect string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()

	initialized, err := provider.Initialize(ctx, &plugin.InitializeRequest{Config: config})
	checkCall("Initialize", err, initialized.GetSuccess(), initialized.GetError())
	health, err := provider.Health(ctx, &plugin.HealthRequest{})
	checkCall("Health", err, health.GetHealthy(), health.GetMessage())
	manifest, err := provider.GetManifest(ctx, &plugin.ManifestRequest{})
	checkCall("GetManifest", err, manifest.GetName() != "" && manifest.GetType() == kind, manifest.GetName()+" "+manifest.GetVersion())
	state, err := provider.GetStatus(ctx, &plugin.StatusRequest{})
	checkCall("GetStatus", err, state.GetStatus() == "ready", state.GetStatus())
	info, err := provider.GetModelInfo(ctx, &plugin.Empty{})
	checkCall("GetModelInfo", err, info.GetModelName() != "", info.GetModelName())

	request := &plugin.GenerateRequest{Messages: []*plugin.Message{{Role: "user", Content: prompt}}}
	answer, err := provider.Generate(ctx, request)
	checkCall("Generate", err, answer.GetText() != "" && strings.Contains(answer.GetText(), expect), fmt.Sprintf("%q", answer.GetText()))

	text, pieces, last := read(ctx, provider, request)
	check("GenerateStreaming", text != "" && strings.Contains(text, expect), fmt.Sprintf("%d pieces: %q", pieces, text))
	check("the stream ends with DONE", last == plugin.ChunkType_DONE, last.String())

	large := strings.Repeat("0123456789abcdef ", 16*1024)
	if expect != "" {
		answer, err = provider.Generate(ctx, &plugin.GenerateRequest{Messages: []*plugin.Message{{Role: "user", Content: large}}})
		checkCall("a prompt of 272 KiB", err, len(answer.GetText()) >= len(large), fmt.Sprintf("%d bytes back", len(answer.GetText())))
	}

	_, err = provider.Generate(ctx, &plugin.GenerateRequest{})
	check("a request without messages is refused", status.Code(err) == codes.InvalidArgument, fmt.Sprint(err))

	brief, stopCall := context.WithCancel(ctx)
	stream, err := provider.GenerateStreaming(brief, request)
	checkCall("a stream to cancel", err, true, "")
	stopCall()
	for err == nil {
		_, err = stream.Recv()
	}
	check("the cancelled stream ends", status.Code(err) == codes.Canceled || err == io.EOF, fmt.Sprint(err))
	_, err = provider.Generate(ctx, request)
	checkCall("answers after a cancelled stream", err, true, "")

	shutdown, err := provider.Shutdown(ctx, &plugin.ShutdownRequest{})
	checkCall("Shutdown", err, shutdown.GetSuccess(), shutdown.GetError())
}

// read takes a whole stream: its text, how many pieces of text it had, and the type of its last chunk.
func read(ctx context.Context, provider plugin.LLMProviderClient, request *plugin.GenerateRequest) (string, int, plugin.ChunkType) {
	stream, err := provider.GenerateStreaming(ctx, request)
	checkCall("GenerateStreaming starts", err, true, "")
	var text strings.Builder
	pieces, last := 0, plugin.ChunkType_ERROR
	for {
		chunk, err := stream.Recv()
		if err == io.EOF {
			return text.String(), pieces, last
		}
		checkCallQuietly("GenerateStreaming", err)
		last = chunk.Type
		if chunk.Type == plugin.ChunkType_TEXT {
			text.WriteString(chunk.Text)
			pieces++
		}
	}
}

// checkCallQuietly is for checks inside loops: only a failure is worth a line.
func checkCallQuietly(name string, err error) {
	if err != nil {
		check(name, false, err.Error())
	}
}

func stop(client *goplugin.Client, command *exec.Cmd, log *record) {
	start := time.Now()
	client.Kill()
	check("the plugin is gone", client.Exited(), time.Since(start).Round(time.Millisecond).String())
	check("it went by itself", !log.contains("failed to exit gracefully"), "")
	check("with status 0", command.ProcessState != nil && command.ProcessState.Success(), fmt.Sprint(command.ProcessState))
}
