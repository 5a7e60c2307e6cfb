// The interop peer on grpc-go. README.md says how it is called and what it answers.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/ioutil"
	"net"
	"os"
	"strings"
	"time"

	pb "interop/grpc_testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

const (
	serverName = "a1.agents.demo.hector.internal"
	initial    = "x-grpc-test-echo-initial"
	trailing   = "x-grpc-test-echo-trailing-bin"
)

func payload(size int32) *pb.Payload { return &pb.Payload{Body: make([]byte, size)} }

// wire knows whether the last message that came was compressed. grpc-go tells handlers of statistics only.
type wire struct{ compressed bool }

type wireKey struct{}

type wireStats struct{}

func (wireStats) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	if ctx.Value(wireKey{}) != nil {
		return ctx
	}
	return context.WithValue(ctx, wireKey{}, &wire{})
}

func (wireStats) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if in, ok := event.(*stats.InPayload); ok {
		const prefix = 5
		ctx.Value(wireKey{}).(*wire).compressed = in.WireLength-prefix != in.Length
	}
}

func (wireStats) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (wireStats) HandleConn(context.Context, stats.ConnStats) {}

func wasCompressed(ctx context.Context) bool { return ctx.Value(wireKey{}).(*wire).compressed }

// The server

type testService struct{}

func (testService) EmptyCall(ctx context.Context, _ *pb.Empty) (*pb.Empty, error) {
	return &pb.Empty{}, echoMetadata(ctx)
}

func (testService) UnaryCall(ctx context.Context, request *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	if err := echoMetadata(ctx); err != nil {
		return nil, err
	}
	if err := checkCompression(ctx, request.ExpectCompressed); err != nil {
		return nil, err
	}
	if wanted := request.ResponseStatus; wanted != nil {
		return nil, status.Error(codes.Code(wanted.Code), wanted.Message)
	}
	return &pb.SimpleResponse{Payload: payload(request.ResponseSize)}, nil
}

func (testService) StreamingOutputCall(request *pb.StreamingOutputCallRequest, stream pb.TestService_StreamingOutputCallServer) error {
	if err := echoMetadata(stream.Context()); err != nil {
		return err
	}
	return respond(request, stream)
}

func (testService) StreamingInputCall(stream pb.TestService_StreamingInputCallServer) error {
	if err := echoMetadata(stream.Context()); err != nil {
		return err
	}
	var size int32
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&pb.StreamingInputCallResponse{AggregatedPayloadSize: size})
		}
		if err == nil {
			err = checkCompression(stream.Context(), request.ExpectCompressed)
		}
		if err != nil {
			return err
		}
		size += int32(len(request.GetPayload().GetBody()))
	}
}

func (testService) FullDuplexCall(stream pb.TestService_FullDuplexCallServer) error {
	if err := echoMetadata(stream.Context()); err != nil {
		return err
	}
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if wanted := request.ResponseStatus; wanted != nil {
			return status.Error(codes.Code(wanted.Code), wanted.Message)
		}
		if err := respond(request, stream); err != nil {
			return err
		}
	}
}

func (testService) UnimplementedCall(context.Context, *pb.Empty) (*pb.Empty, error) {
	return nil, status.Error(codes.Unimplemented, "not offered")
}

type responder interface {
	Send(*pb.StreamingOutputCallResponse) error
}

func respond(request *pb.StreamingOutputCallRequest, stream responder) error {
	for _, wanted := range request.ResponseParameters {
		time.Sleep(time.Duration(wanted.IntervalUs) * time.Microsecond)
		if err := stream.Send(&pb.StreamingOutputCallResponse{Payload: payload(wanted.Size)}); err != nil {
			return err
		}
	}
	return nil
}

func checkCompression(ctx context.Context, wanted *pb.BoolValue) error {
	if wanted != nil && wanted.Value != wasCompressed(ctx) {
		return status.Errorf(codes.InvalidArgument, "compressed is %v", !wanted.Value)
	}
	return nil
}

func echoMetadata(ctx context.Context) error {
	received, _ := metadata.FromIncomingContext(ctx)
	if values := received.Get(initial); len(values) > 0 {
		if err := grpc.SendHeader(ctx, metadata.Pairs(initial, values[0])); err != nil {
			return err
		}
	}
	if values := received.Get(trailing); len(values) > 0 {
		return grpc.SetTrailer(ctx, metadata.Pairs(trailing, values[0]))
	}
	return nil
}

func serve(address, certificates string) error {
	options := []grpc.ServerOption{grpc.StatsHandler(wireStats{})}
	network := "tcp"
	if strings.HasPrefix(address, "unix:") {
		network, address = "unix", strings.TrimPrefix(address, "unix:")
	}
	if certificates != "-" {
		own, authority, err := identity(certificates, "agent-a1")
		if err != nil {
			return err
		}
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{own}, ClientCAs: authority, ClientAuth: tls.RequireAndVerifyClientCert,
		})))
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	server := grpc.NewServer(options...)
	pb.RegisterTestServiceServer(server, testService{})
	target := listener.Addr().String()
	if network == "unix" {
		target = "unix:" + address
	}
	fmt.Println("READY", target)
	go func() {
		io.Copy(ioutil.Discard, os.Stdin)
		server.Stop()
	}()
	return server.Serve(listener)
}

// The client

func zeros(body []byte, size int) error {
	if !bytes.Equal(body, make([]byte, size)) {
		return fmt.Errorf("%d bytes instead of %d zeros", len(body), size)
	}
	return nil
}

func demandStatus(err error, code codes.Code, message string) error {
	if got := status.Convert(err); got.Code() != code || (message != "" && got.Message() != message) {
		return fmt.Errorf("%v %q instead of %v %q", got.Code(), got.Message(), code, message)
	}
	return nil
}

func large() *pb.SimpleRequest {
	return &pb.SimpleRequest{ResponseSize: 314159, Payload: payload(271828)}
}

func output(size, body int32) *pb.StreamingOutputCallRequest {
	return &pb.StreamingOutputCallRequest{ResponseParameters: []*pb.ResponseParameters{{Size: size}}, Payload: payload(body)}
}

func boolean(value bool) *pb.BoolValue { return &pb.BoolValue{Value: value} }

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

type outputs interface {
	Recv() (*pb.StreamingOutputCallResponse, error)
}

// take reads one response of this size.
func take(stream outputs, size int) error {
	response, err := stream.Recv()
	if err != nil {
		return err
	}
	return zeros(response.GetPayload().GetBody(), size)
}

// end demands the good end of a stream.
func end(stream outputs) error {
	if response, err := stream.Recv(); err != io.EOF {
		return fmt.Errorf("%v, %v instead of the end", response, err)
	}
	return nil
}

type run struct {
	connection *grpc.ClientConn
	stub       pb.TestServiceClient
	ctx        context.Context
	cancel     context.CancelFunc
}

func (r run) large(request *pb.SimpleRequest, options ...grpc.CallOption) error {
	response, err := r.stub.UnaryCall(r.ctx, request, options...)
	if err != nil {
		return err
	}
	return zeros(response.GetPayload().GetBody(), 314159)
}

// acceptsGzip has a call announce that it reads gzip. That compresses its request too.
var acceptsGzip = grpc.UseCompressor(gzip.Name)

// notes has what is worth knowing of cases that go well.
var notes = map[string]string{
	"server_compressed_unary":     "the request is compressed too: only then does grpc-go announce that it reads gzip",
	"server_compressed_streaming": "the request is compressed too: only then does grpc-go announce that it reads gzip",
}

var cases = map[string]func(run) error{
	"empty_unary": func(r run) error {
		_, err := r.stub.EmptyCall(r.ctx, &pb.Empty{})
		return err
	},
	"large_unary": func(r run) error { return r.large(large()) },
	"client_streaming": func(r run) error {
		stream, err := r.stub.StreamingInputCall(r.ctx)
		for _, size := range []int32{27182, 8, 1828, 45904} {
			err = first(err, stream.Send(&pb.StreamingInputCallRequest{Payload: payload(size)}))
		}
		return first(err, sum(stream, 74922))
	},
	"server_streaming": func(r run) error {
		request := &pb.StreamingOutputCallRequest{}
		sizes := []int32{31415, 9, 2653, 58979}
		for _, size := range sizes {
			request.ResponseParameters = append(request.ResponseParameters, &pb.ResponseParameters{Size: size})
		}
		stream, err := r.stub.StreamingOutputCall(r.ctx, request)
		for _, size := range sizes {
			err = first(err, take(stream, int(size)))
		}
		return first(err, end(stream))
	},
	"ping_pong": func(r run) error {
		stream, err := r.stub.FullDuplexCall(r.ctx)
		for _, turn := range [][2]int32{{31415, 27182}, {9, 8}, {2653, 1828}, {58979, 45904}} {
			err = first(err, stream.Send(output(turn[0], turn[1])), take(stream, int(turn[0])))
		}
		return first(err, stream.CloseSend(), end(stream))
	},
	"empty_stream": func(r run) error {
		stream, err := r.stub.FullDuplexCall(r.ctx)
		return first(err, stream.CloseSend(), end(stream))
	},
	"cancel_after_begin": func(r run) error {
		stream, err := r.stub.StreamingInputCall(r.ctx)
		r.cancel()
		if err != nil {
			return err
		}
		_, err = stream.CloseAndRecv()
		return demandStatus(err, codes.Canceled, "")
	},
	"cancel_after_first_response": func(r run) error {
		stream, err := r.stub.FullDuplexCall(r.ctx)
		if err = first(err, stream.Send(output(31415, 27182)), take(stream, 31415)); err != nil {
			return err
		}
		r.cancel()
		_, err = stream.Recv()
		return demandStatus(err, codes.Canceled, "")
	},
	"timeout_on_sleeping_server": func(r run) error {
		ctx, cancel := context.WithTimeout(r.ctx, time.Millisecond)
		defer cancel()
		stream, err := r.stub.FullDuplexCall(ctx)
		if err == nil {
			// It may have ended already: then the reading says how.
			_ = stream.Send(&pb.StreamingOutputCallRequest{Payload: payload(27182)})
			_, err = stream.Recv()
		}
		return demandStatus(err, codes.DeadlineExceeded, "")
	},
	"custom_metadata": func(r run) error {
		r.ctx = metadata.AppendToOutgoingContext(r.ctx, initial, "test_initial_metadata_value", trailing, "\xab\xab\xab")
		var headers, trailers metadata.MD
		err := r.large(large(), grpc.Header(&headers), grpc.Trailer(&trailers))
		if err = first(err, echoed(headers, trailers)); err != nil {
			return err
		}
		stream, err := r.stub.FullDuplexCall(r.ctx)
		if err = first(err, stream.Send(output(314159, 271828)), take(stream, 314159), stream.CloseSend(), end(stream)); err != nil {
			return err
		}
		headers, err = stream.Header()
		return first(err, echoed(headers, stream.Trailer()))
	},
	"status_code_and_message": func(r run) error {
		wanted := &pb.EchoStatus{Code: 2, Message: "test status message"}
		_, err := r.stub.UnaryCall(r.ctx, &pb.SimpleRequest{ResponseStatus: wanted})
		if err = demandStatus(err, codes.Unknown, wanted.Message); err != nil {
			return err
		}
		stream, err := r.stub.FullDuplexCall(r.ctx)
		if err = first(err, stream.Send(&pb.StreamingOutputCallRequest{ResponseStatus: wanted}), stream.CloseSend()); err != nil {
			return err
		}
		_, err = stream.Recv()
		return demandStatus(err, codes.Unknown, wanted.Message)
	},
	"special_status_message": func(r run) error {
		wanted := &pb.EchoStatus{Code: 2, Message: "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"}
		_, err := r.stub.UnaryCall(r.ctx, &pb.SimpleRequest{ResponseStatus: wanted})
		return demandStatus(err, codes.Unknown, wanted.Message)
	},
	"unimplemented_method": func(r run) error {
		_, err := r.stub.UnimplementedCall(r.ctx, &pb.Empty{})
		return demandStatus(err, codes.Unimplemented, "")
	},
	"unimplemented_service": func(r run) error {
		_, err := pb.NewUnimplementedServiceClient(r.connection).UnimplementedCall(r.ctx, &pb.Empty{})
		return demandStatus(err, codes.Unimplemented, "")
	},
	"client_compressed_unary": func(r run) error {
		request := large()
		request.ExpectCompressed = boolean(true)
		if err := demandStatus(r.large(request), codes.InvalidArgument, ""); err != nil {
			return err
		}
		plain := large()
		plain.ExpectCompressed = boolean(false)
		return first(r.large(request, grpc.UseCompressor(gzip.Name)), r.large(plain))
	},
	"server_compressed_unary": func(r run) error {
		for _, value := range []bool{true, false} {
			request := large()
			request.ResponseCompressed = boolean(value)
			if err := first(r.large(request, acceptsGzip), r.arrived(value)); err != nil {
				return err
			}
		}
		return nil
	},
	"client_compressed_streaming": func(r run) error {
		request := &pb.StreamingInputCallRequest{ExpectCompressed: boolean(true), Payload: payload(27182)}
		probe, err := r.stub.StreamingInputCall(r.ctx)
		if err != nil {
			return err
		}
		// What is prepared for a stream without compression stays so on one with it.
		var plain grpc.PreparedMsg
		err = plain.Encode(probe, &pb.StreamingInputCallRequest{ExpectCompressed: boolean(false), Payload: payload(45904)})
		if err = first(err, probe.Send(request)); err != nil {
			return err
		}
		_, err = probe.CloseAndRecv()
		if err = demandStatus(err, codes.InvalidArgument, ""); err != nil {
			return err
		}
		stream, err := r.stub.StreamingInputCall(r.ctx, grpc.UseCompressor(gzip.Name))
		return first(err, stream.Send(request), stream.SendMsg(&plain), sum(stream, 73086))
	},
	"server_compressed_streaming": func(r run) error {
		stream, err := r.stub.StreamingOutputCall(r.ctx, &pb.StreamingOutputCallRequest{ResponseParameters: []*pb.ResponseParameters{
			{Size: 31415, Compressed: boolean(true)}, {Size: 92653, Compressed: boolean(false)},
		}}, acceptsGzip)
		return first(err, take(stream, 31415), r.arrived(true), take(stream, 92653), r.arrived(false), end(stream))
	},
}

func sum(stream pb.TestService_StreamingInputCallClient, wanted int32) error {
	response, err := stream.CloseAndRecv()
	if err == nil && response.AggregatedPayloadSize != wanted {
		return fmt.Errorf("%d bytes instead of %d", response.AggregatedPayloadSize, wanted)
	}
	return err
}

// arrived demands that the last response was compressed, or was not.
func (r run) arrived(compressed bool) error {
	if wasCompressed(r.ctx) != compressed {
		return fmt.Errorf("compressed is %v instead of %v", !compressed, compressed)
	}
	return nil
}

func echoed(headers, trailers metadata.MD) error {
	if got := headers.Get(initial); len(got) != 1 || got[0] != "test_initial_metadata_value" {
		return fmt.Errorf("headers are %v", headers)
	}
	if got := trailers.Get(trailing); len(got) != 1 || got[0] != "\xab\xab\xab" {
		return fmt.Errorf("trailers are %v", trailers)
	}
	return nil
}

func call(target, certificates string, names []string) error {
	network := "tcp"
	if strings.HasPrefix(target, "unix:") {
		network, target = "unix", strings.TrimPrefix(target, "unix:")
	}
	options := []grpc.DialOption{
		grpc.WithStatsHandler(wireStats{}), grpc.WithBlock(), grpc.WithAuthority("localhost"),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}),
	}
	if certificates == "-" {
		options = append(options, grpc.WithInsecure())
	} else {
		own, authority, err := identity(certificates, "host-dev")
		if err != nil {
			return err
		}
		options = append(options, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{own}, RootCAs: authority, ServerName: serverName,
		})))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := grpc.DialContext(ctx, "passthrough:///"+target, options...)
	if err != nil {
		return err
	}
	defer connection.Close()
	for _, name := range names {
		fmt.Println(name, result(connection, name))
	}
	return nil
}

func result(connection *grpc.ClientConn, name string) (line string) {
	// A stream that could not be opened is nil, and using it panics.
	defer func() {
		if fault := recover(); fault != nil {
			line = fmt.Sprint("failed: ", fault)
		}
	}()
	body, ok := cases[name]
	if !ok {
		return "failed: no such case"
	}
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), wireKey{}, &wire{}), 10*time.Second)
	defer cancel()
	err := body(run{connection, pb.NewTestServiceClient(connection), ctx, cancel})
	if err != nil {
		return "failed: " + err.Error()
	}
	if note := notes[name]; note != "" {
		return "ok: " + note
	}
	return "ok"
}

func identity(folder, name string) (tls.Certificate, *x509.CertPool, error) {
	own, err := tls.LoadX509KeyPair(folder+"/"+name+".pem", folder+"/"+name+".key")
	if err != nil {
		return own, nil, err
	}
	pem, err := ioutil.ReadFile(folder + "/ca.pem")
	authority := x509.NewCertPool()
	if err == nil && !authority.AppendCertsFromPEM(pem) {
		err = fmt.Errorf("no certificate in %s/ca.pem", folder)
	}
	return own, authority, err
}

func main() {
	arguments := append(os.Args[1:], "", "", "")
	var err error
	switch arguments[0] {
	case "version":
		fmt.Println("grpc-go", grpc.Version)
	case "server":
		err = serve(arguments[1], arguments[2])
	case "client":
		err = call(arguments[1], arguments[2], os.Args[4:])
	default:
		err = errors.New("usage: peer version | server ADDRESS CERTS|- | client TARGET CERTS|- CASE...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
