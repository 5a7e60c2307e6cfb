// The program of the benchmarks in grpc-go. Benchmarks/programs/README.md has its command line.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"syscall"

	"github.com/golang/protobuf/ptypes/wrappers"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// Text has the wire format of { bytes = 1 }: text of it is not checked.
type Text = wrappers.BytesValue

var input = bufio.NewReader(os.Stdin)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// now is CLOCK_MONOTONIC, which all processes of the machine share.
func now() int64 {
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

func split(address string) (network, where string) {
	parts := strings.SplitN(address, ":", 2)
	if parts[0] == "unix" {
		return "unix", parts[1]
	}
	return "tcp", "127.0.0.1:" + parts[1]
}

func security(side string) credentials.TransportCredentials {
	folder := os.Getenv("CERTIFICATES") + "/"
	certificate, err := tls.LoadX509KeyPair(folder+side+".pem", folder+side+".key")
	check(err)
	authorities, err := os.ReadFile(folder + "ca.pem")
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authorities)
	return credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		RootCAs: pool, ServerName: os.Getenv("SERVER_NAME"),
	})
}

func unary(_ interface{}, _ context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
	request := new(Text)
	if err := decode(request); err != nil {
		return nil, err
	}
	return &Text{Value: request.Value}, nil
}

func stream(_ interface{}, s grpc.ServerStream) error {
	request := new(Text)
	if err := s.RecvMsg(request); err != nil {
		return err
	}
	parts := strings.Split(string(request.Value), "@")
	count, _ := strconv.Atoi(parts[0])
	if len(parts) == 1 {
		for i := 0; i < count; i++ {
			if err := s.SendMsg(&Text{Value: []byte("token-0123456789ab")}); err != nil {
				return err
			}
		}
		return nil
	}
	perSecond, _ := strconv.Atoi(parts[1])
	start := time.Now()
	for i := 0; i < count; i++ {
		time.Sleep(time.Until(start.Add(time.Second / time.Duration(perSecond) * time.Duration(i))))
		if err := s.SendMsg(&Text{Value: strconv.AppendInt(nil, now(), 10)}); err != nil {
			return err
		}
	}
	return nil
}

var service = grpc.ServiceDesc{
	ServiceName: "echo.Echo", HandlerType: (*interface{})(nil),
	Methods: []grpc.MethodDesc{{MethodName: "Unary", Handler: unary}},
	Streams: []grpc.StreamDesc{{StreamName: "Stream", ServerStreams: true, Handler: stream}},
}

func serve(address string) {
	network, where := split(address)
	options := []grpc.ServerOption{}
	if network == "unix" {
		os.Remove(where)
	} else {
		options = append(options, grpc.Creds(security("server")))
	}
	listener, err := net.Listen(network, where)
	check(err)
	server := grpc.NewServer(options...)
	server.RegisterService(&service, struct{}{})
	fmt.Println("READY")
	check(server.Serve(listener))
}

// receive reads a stream to its end.
func receive(connection *grpc.ClientConn, request string, each func(*Text)) {
	s, err := connection.NewStream(context.Background(), &service.Streams[0], "/echo.Echo/Stream")
	check(err)
	check(s.SendMsg(&Text{Value: []byte(request)}))
	check(s.CloseSend())
	for {
		message := new(Text)
		err := s.RecvMsg(message)
		if err == io.EOF {
			return
		}
		check(err)
		each(message)
	}
}

// repeating does body, which returns what it counted, so many times at once until the time is over.
func repeating(tasks int, seconds float64, body func() int) (count int, latencies []int64) {
	var group sync.WaitGroup
	var mutex sync.Mutex
	end := now() + int64(seconds*1e9)
	for i := 0; i < tasks; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			mine := 0
			var times []int64
			for start := now(); start < end; {
				mine += body()
				after := now()
				times = append(times, after-start)
				start = after
			}
			mutex.Lock()
			defer mutex.Unlock()
			count += mine
			latencies = append(latencies, times...)
		}()
	}
	group.Wait()
	return
}

func perform(connection *grpc.ClientConn, workload string, seconds float64) (count int, latencies []int64) {
	parts := strings.Split(workload, "-")
	number, err := strconv.Atoi(parts[1])
	check(err)
	switch parts[0] {
	case "unary", "large":
		bytes := 100
		if parts[0] == "large" {
			bytes = 1 << 20
		}
		text := []byte(strings.Repeat("abcdefghij", bytes/10+1)[:bytes])
		return repeating(number, seconds, func() int {
			response := new(Text)
			check(connection.Invoke(context.Background(), "/echo.Echo/Unary", &Text{Value: text}, response))
			if len(response.Value) != bytes {
				log.Fatal("the echo has another length")
			}
			return 1
		})
	case "stream":
		return repeating(number, seconds, func() int {
			received := 0
			receive(connection, "1000", func(*Text) { received++ })
			return received
		})
	case "paced":
		messages := int(math.Max(1, seconds*float64(number)))
		receive(connection, fmt.Sprintf("%d@%d", messages, number), func(message *Text) {
			written, _ := strconv.ParseInt(string(message.Value), 10, 64)
			latencies = append(latencies, now()-written)
		})
		return len(latencies), latencies
	}
	log.Fatal(workload, " is no workload of this program")
	return
}

// pause lets the runner read the clocks of all processes.
func pause(word string) {
	fmt.Println(word)
	input.ReadString('\n')
}

func percentile(sorted []int64, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[len(sorted)*percent/100]) / 1e3
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "server" {
		serve(os.Args[2])
		return
	}
	if len(os.Args) != 5 || os.Args[1] != "client" {
		log.Fatal("usage: echo server ADDRESS | client ADDRESS WORKLOAD SECONDS")
	}
	network, where := split(os.Args[2])
	options := []grpc.DialOption{
		grpc.WithBlock(),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return net.Dial(network, where) }),
	}
	if network == "unix" {
		options = append(options, grpc.WithInsecure())
	} else {
		options = append(options, grpc.WithTransportCredentials(security("client")))
	}
	connection, err := grpc.Dial("passthrough:///localhost", options...)
	check(err)
	seconds, err := strconv.ParseFloat(os.Args[4], 64)
	check(err)
	perform(connection, os.Args[3], 0.3)
	pause("BEGIN")
	start := now()
	count, latencies := perform(connection, os.Args[3], seconds)
	elapsed := float64(now()-start) / 1e9
	pause("END")
	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	fmt.Println(count, elapsed, percentile(latencies, 50), percentile(latencies, 99))
}
