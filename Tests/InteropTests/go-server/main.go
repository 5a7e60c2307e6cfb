// A gRPC server on grpc-go that is a member of a mesh without hector-plugin-agent: an LLM and an embedder in one process.
//
//	go-server -certs DIR -node ID [-port N] [-reflection=false] [-health=false] [-echo]
//
// Prints "listening on port N". SIGUSR1 makes it say that it is not serving, SIGUSR2 that it is again. A call of Initialize or Shutdown
// ends it with status 3: nobody here may call them.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io/ioutil"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/hector/plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

type common struct{}

func (common) Initialize(context.Context, *plugin.InitializeRequest) (*plugin.InitializeResponse, error) {
	os.Exit(3)
	return nil, nil
}

func (common) Shutdown(context.Context, *plugin.ShutdownRequest) (*plugin.ShutdownResponse, error) {
	os.Exit(3)
	return nil, nil
}

func (common) Health(context.Context, *plugin.HealthRequest) (*plugin.HealthResponse, error) {
	return &plugin.HealthResponse{Healthy: true}, nil
}

func (common) GetManifest(context.Context, *plugin.ManifestRequest) (*plugin.ManifestResponse, error) {
	return &plugin.ManifestResponse{}, nil
}

func (common) GetStatus(context.Context, *plugin.StatusRequest) (*plugin.StatusResponse, error) {
	return &plugin.StatusResponse{}, nil
}

type llm struct {
	common
	echoes bool
}

func (llm) GetModelInfo(context.Context, *plugin.Empty) (*plugin.ModelInfo, error) {
	return &plugin.ModelInfo{ModelName: "go-server", MaxTokens: 4096}, nil
}

// answer names the plugin that the caller meant, or is the question.
func (l llm) answer(ctx context.Context, request *plugin.GenerateRequest) string {
	question := request.Messages[len(request.Messages)-1].Content
	if l.echoes {
		return question
	}
	name := "?"
	if values, has := metadata.FromIncomingContext(ctx); has && len(values["hector-plugin"]) > 0 {
		name = values["hector-plugin"][0]
	}
	return name + " says: " + question
}

func (l llm) Generate(ctx context.Context, request *plugin.GenerateRequest) (*plugin.GenerateResponse, error) {
	return &plugin.GenerateResponse{Text: l.answer(ctx, request), TokensUsed: 1}, nil
}

func (l llm) GenerateStreaming(request *plugin.GenerateRequest, stream plugin.LLMProvider_GenerateStreamingServer) error {
	for _, word := range strings.SplitAfter(l.answer(stream.Context(), request), " ") {
		if err := stream.Send(&plugin.StreamChunk{Type: plugin.ChunkType_TEXT, Text: word}); err != nil {
			return err
		}
	}
	return stream.Send(&plugin.StreamChunk{Type: plugin.ChunkType_DONE, TokensUsed: 1})
}

func (llm) GenerateFrom(*plugin.GenerateFromRequest, plugin.LLMProvider_GenerateFromServer) error {
	return status.Error(codes.Unimplemented, "there is no GenerateFrom")
}

type embedder struct{ common }

func (embedder) EmbedBatch(context.Context, *plugin.EmbedBatchRequest) (*plugin.EmbedBatchResponse, error) {
	return nil, status.Error(codes.Unimplemented, "there is no EmbedBatch")
}

func (embedder) Embed(context.Context, *plugin.EmbedRequest) (*plugin.EmbedResponse, error) {
	return &plugin.EmbedResponse{}, nil
}

func (embedder) GetEmbedderInfo(context.Context, *plugin.Empty) (*plugin.EmbedderInfo, error) {
	return &plugin.EmbedderInfo{}, nil
}

func main() {
	certs := flag.String("certs", "", "what make-dev-certs made")
	node := flag.String("node", "", "the node's id")
	port := flag.Int("port", 0, "where to listen")
	withReflection := flag.Bool("reflection", true, "whether it lists its services")
	withHealth := flag.Bool("health", true, "whether it has grpc.health.v1")
	echoes := flag.Bool("echo", false, "whether it answers with the question")
	flag.Parse()

	certificate, err := tls.LoadX509KeyPair(*certs+"/agent-"+*node+".pem", *certs+"/agent-"+*node+".key")
	if err != nil {
		log.Fatal(err)
	}
	authority, err := ioutil.ReadFile(*certs + "/ca.pem")
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	})))
	plugin.RegisterLLMProviderServer(server, llm{echoes: *echoes})
	plugin.RegisterEmbedderProviderServer(server, embedder{})
	state := health.NewServer()
	if *withHealth {
		healthpb.RegisterHealthServer(server, state)
	}
	if *withReflection {
		reflection.Register(server)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on port %d\n", listener.Addr().(*net.TCPAddr).Port)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for received := range signals {
			status := healthpb.HealthCheckResponse_SERVING
			if received == syscall.SIGUSR1 {
				status = healthpb.HealthCheckResponse_NOT_SERVING
			}
			state.SetServingStatus("", status)
		}
	}()
	log.Fatal(server.Serve(listener))
}
