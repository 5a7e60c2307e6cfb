// The program of the benchmarks in gRPC C++, with its asynchronous completion queues: the fastest way it offers.
// Benchmarks/programs/README.md has its command line.
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "echo.grpc.pb.h"

using echo::Echo;
using echo::Text;
using grpc::Status;

static void fail(const std::string& message) {
  fprintf(stderr, "%s\n", message.c_str());
  exit(1);
}

static std::string certificate(const std::string& name) {
  const char* folder = getenv("CERTIFICATES");
  std::ifstream file(std::string(folder ? folder : ".") + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  if (text.str().empty()) fail(name + " cannot be read");
  return text.str();
}

// CLOCK_MONOTONIC, which all processes of the machine share.
static int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

// "tls:PORT" as gRPC writes it; unix addresses are the same.
static std::string target(const std::string& address) {
  return address.rfind("tls:", 0) == 0 ? "127.0.0.1:" + address.substr(4) : address;
}
static bool is_secure(const std::string& address) { return address.rfind("tls:", 0) == 0; }

// What a completion queue hands back.
struct Step {
  virtual ~Step() = default;
  virtual void done(bool ok) = 0;
};

static const int kMaximumMessage = 4 << 20;

// ---- server

struct UnaryHandler : Step {
  Echo::AsyncService* service;
  grpc::ServerCompletionQueue* queue;
  grpc::ServerContext context;
  Text request;
  grpc::ServerAsyncResponseWriter<Text> writer{&context};
  bool answered = false;

  UnaryHandler(Echo::AsyncService* s, grpc::ServerCompletionQueue* q) : service(s), queue(q) {
    service->RequestUnary(&context, &request, &writer, queue, queue, this);
  }
  void done(bool ok) override {
    if (answered || !ok) {
      delete this;
      return;
    }
    new UnaryHandler(service, queue);
    answered = true;
    writer.Finish(request, Status::OK, this);
  }
};

struct StreamHandler : Step {
  Echo::AsyncService* service;
  grpc::ServerCompletionQueue* queue;
  grpc::ServerContext context;
  Text request, response;
  grpc::ServerAsyncWriter<Text> writer{&context};
  grpc::Alarm alarm;
  enum { kAwaited, kWriting, kPausing, kFinished } state = kAwaited;
  long left = 0, sent = 0, per_second = 0;
  std::chrono::system_clock::time_point start;

  StreamHandler(Echo::AsyncService* s, grpc::ServerCompletionQueue* q) : service(s), queue(q) {
    service->RequestStream(&context, &request, &writer, queue, queue, this);
  }
  void done(bool ok) override {
    if (!ok || state == kFinished) {
      delete this;
      return;
    }
    if (state == kAwaited) {
      new StreamHandler(service, queue);
      left = atol(request.value().c_str());
      const char* at = strchr(request.value().c_str(), '@');
      per_second = at ? atol(at + 1) : 0;
      start = std::chrono::system_clock::now();
      response.set_value("token-0123456789ab");
    }
    if (left == 0) {
      state = kFinished;
      writer.Finish(Status::OK, this);
    } else if (per_second > 0 && state != kPausing) {
      state = kPausing;
      alarm.Set(queue, start + std::chrono::nanoseconds(1000000000l / per_second * sent), this);
    } else {
      if (state == kPausing) response.set_value(std::to_string(now()));
      state = kWriting;
      left--;
      sent++;
      writer.Write(response, this);
    }
  }
};

static void serve(const std::string& address) {
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (is_secure(address)) {
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = certificate("ca.pem");
    options.pem_key_cert_pairs.push_back({certificate("server.key"), certificate("server.pem")});
    credentials = grpc::SslServerCredentials(options);
  }
  grpc::ServerBuilder builder;
  Echo::AsyncService service;
  builder.AddListeningPort(target(address), credentials);
  builder.SetMaxReceiveMessageSize(kMaximumMessage);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  if (!server) fail("cannot listen on " + address);
  for (int i = 0; i < 300; i++) new UnaryHandler(&service, queue.get());
  for (int i = 0; i < 40; i++) new StreamHandler(&service, queue.get());
  puts("READY");
  void* step;
  bool ok;
  while (queue->Next(&step, &ok)) static_cast<Step*>(step)->done(ok);
}

// ---- client

static std::unique_ptr<Echo::Stub> stub;
static grpc::CompletionQueue completions;
static int64_t deadline;
static long count;
static int running;
static std::vector<int64_t> latencies;

// Whether another call follows; counts the one that ended.
static bool call_ended(int64_t started, const Status& status) {
  if (!status.ok()) fail(status.error_message());
  int64_t ended = now();
  latencies.push_back(ended - started);
  if (ended < deadline) return true;
  running--;
  return false;
}

struct UnaryCaller : Step {
  std::unique_ptr<grpc::ClientContext> context;
  Text request, response;
  Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Text>> reader;
  int64_t started;

  explicit UnaryCaller(size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += "abcdefghij";
    request.set_value(text.substr(0, bytes));
    start();
  }
  void start() {
    reader.reset();
    context.reset(new grpc::ClientContext);
    started = now();
    reader = stub->AsyncUnary(context.get(), request, &completions);
    reader->Finish(&response, &status, this);
  }
  void done(bool) override {
    bool more = call_ended(started, status);
    if (response.value().size() != request.value().size()) fail("the echo has another length");
    count++;
    if (more) start();
    else delete this;
  }
};

struct StreamCaller : Step {
  std::unique_ptr<grpc::ClientContext> context;
  Text request, response;
  Status status;
  std::unique_ptr<grpc::ClientAsyncReader<Text>> reader;
  int64_t started;
  bool paced;
  enum { kStarting, kReading, kFinishing } state;

  StreamCaller(const std::string& what, bool paced) : paced(paced) {
    request.set_value(what);
    start();
  }
  void start() {
    reader.reset();
    context.reset(new grpc::ClientContext);
    started = now();
    state = kStarting;
    reader = stub->AsyncStream(context.get(), request, &completions, this);
  }
  void done(bool ok) override {
    if (state == kStarting) {
      state = kReading;
      reader->Read(&response, this);
    } else if (state == kReading && ok) {
      count++;
      if (paced) latencies.push_back(now() - atoll(response.value().c_str()));
      reader->Read(&response, this);
    } else if (state == kReading) {
      state = kFinishing;
      reader->Finish(&status, this);
    } else if (paced) {
      if (!status.ok()) fail(status.error_message());
      running--;
      delete this;
    } else if (call_ended(started, status)) {
      start();
    } else {
      delete this;
    }
  }
};

static void perform(const std::string& workload, double seconds) {
  size_t dash = workload.find('-');
  if (dash == std::string::npos) fail(workload + " is no workload");
  std::string kind = workload.substr(0, dash);
  int number = atoi(workload.c_str() + dash + 1);
  count = 0;
  latencies.clear();
  running = kind == "paced" ? 1 : number;
  deadline = now() + static_cast<int64_t>(seconds * 1e9);
  for (int i = running; i > 0; i--) {
    if (kind == "unary") new UnaryCaller(100);
    else if (kind == "large") new UnaryCaller(1 << 20);
    else if (kind == "stream") new StreamCaller("1000", false);
    else if (kind == "paced")
      new StreamCaller(std::to_string(std::max(1l, static_cast<long>(seconds * number))) + "@" + std::to_string(number), true);
    else fail(workload + " is no workload of this program");
  }
  void* step;
  bool ok;
  while (running > 0 && completions.Next(&step, &ok)) static_cast<Step*>(step)->done(ok);
}

// Lets the runner read the clocks of all processes.
static void pause(const char* word) {
  puts(word);
  std::string line;
  std::getline(std::cin, line);
}

static double percentile(size_t percent) {
  return latencies.empty() ? 0 : latencies[latencies.size() * percent / 100] / 1e3;
}

static void run(const std::string& address, const std::string& workload, double seconds) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  grpc::ChannelArguments arguments;
  if (is_secure(address)) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = certificate("ca.pem");
    options.pem_private_key = certificate("client.key");
    options.pem_cert_chain = certificate("client.pem");
    credentials = grpc::SslCredentials(options);
    arguments.SetSslTargetNameOverride(getenv("SERVER_NAME") ? getenv("SERVER_NAME") : "localhost");
  }
  stub = Echo::NewStub(grpc::CreateCustomChannel(target(address), credentials, arguments));
  perform(workload, 0.3);
  pause("BEGIN");
  int64_t start = now();
  perform(workload, seconds);
  double elapsed = (now() - start) / 1e9;
  pause("END");
  std::sort(latencies.begin(), latencies.end());
  printf("%ld %f %f %f\n", count, elapsed, percentile(50), percentile(99));
}

int main(int argc, char** argv) {
  setlinebuf(stdout);
  if (argc == 3 && !strcmp(argv[1], "server")) serve(argv[2]);
  else if (argc == 5 && !strcmp(argv[1], "client")) run(argv[2], argv[3], atof(argv[4]));
  else fail("usage: echo server ADDRESS | client ADDRESS WORKLOAD SECONDS");
  fflush(stdout);
  // Without waiting for gRPC's threads.
  _exit(0);
}
