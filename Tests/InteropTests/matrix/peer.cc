// The interop peer on gRPC C++. README.md says how it is called and what it answers.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "interop.grpc.pb.h"

// What gRPC's own interop programs ask of its core; no public header has it.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

using namespace grpc::testing;
using grpc::ClientContext;
using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using grpc::WriteOptions;

namespace {

const std::string kServerName = "a1.agents.demo.hector.internal";
const std::string kInitial = "x-grpc-test-echo-initial";
const std::string kTrailing = "x-grpc-test-echo-trailing-bin";

// Whether the last message that came was compressed.
bool WasCompressed(grpc_call* call) {
  constexpr uint32_t kFlag = 0x40000000u;  // GRPC_WRITE_INTERNAL_TEST_ONLY_WAS_COMPRESSED
  return grpc_call_test_only_get_message_flags(call) & kFlag;
}

std::string Zeros(int size) { return std::string(size, '\0'); }

// The server

void EchoMetadata(ServerContext* context) {
  const auto& received = context->client_metadata();
  if (auto entry = received.find(kInitial); entry != received.end()) {
    context->AddInitialMetadata(kInitial, {entry->second.data(), entry->second.size()});
  }
  if (auto entry = received.find(kTrailing); entry != received.end()) {
    context->AddTrailingMetadata(kTrailing, {entry->second.data(), entry->second.size()});
  }
}

template <class Request>
bool HasOtherCompression(ServerContext* context, const Request& request) {
  return request.has_expect_compressed() && request.expect_compressed().value() != WasCompressed(context->c_call());
}

const Status kOtherCompression(StatusCode::INVALID_ARGUMENT, "the request is not compressed as it says");

template <class Request>
Status Wanted(const Request& request) {
  return Status(static_cast<StatusCode>(request.response_status().code()), request.response_status().message());
}

template <class Writer>
void Respond(const StreamingOutputCallRequest& request, Writer* writer) {
  for (const auto& wanted : request.response_parameters()) {
    std::this_thread::sleep_for(std::chrono::microseconds(wanted.interval_us()));
    StreamingOutputCallResponse response;
    response.mutable_payload()->set_body(Zeros(wanted.size()));
    WriteOptions options;
    if (!wanted.compressed().value()) options.set_no_compression();
    writer->Write(response, options);
  }
}

class Service final : public TestService::Service {
  Status EmptyCall(ServerContext* context, const Empty*, Empty*) override {
    EchoMetadata(context);
    return Status::OK;
  }

  Status UnaryCall(ServerContext* context, const SimpleRequest* request, SimpleResponse* response) override {
    EchoMetadata(context);
    if (HasOtherCompression(context, *request)) return kOtherCompression;
    if (request->has_response_status()) return Wanted(*request);
    if (request->response_compressed().value()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    response->mutable_payload()->set_body(Zeros(request->response_size()));
    return Status::OK;
  }

  Status StreamingOutputCall(
      ServerContext* context, const StreamingOutputCallRequest* request,
      grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
    EchoMetadata(context);
    for (const auto& wanted : request->response_parameters()) {
      if (wanted.compressed().value()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
    Respond(*request, writer);
    return Status::OK;
  }

  Status StreamingInputCall(
      ServerContext* context, grpc::ServerReader<StreamingInputCallRequest>* reader,
      StreamingInputCallResponse* response) override {
    EchoMetadata(context);
    int size = 0;
    StreamingInputCallRequest request;
    while (reader->Read(&request)) {
      if (HasOtherCompression(context, request)) return kOtherCompression;
      size += request.payload().body().size();
    }
    response->set_aggregated_payload_size(size);
    return Status::OK;
  }

  Status FullDuplexCall(
      ServerContext* context,
      grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>* stream) override {
    EchoMetadata(context);
    StreamingOutputCallRequest request;
    while (stream->Read(&request)) {
      if (request.has_response_status()) return Wanted(request);
      Respond(request, stream);
    }
    return Status::OK;
  }
};

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return text.str();
}

void Serve(const std::string& address, const std::string& certificates) {
  auto credentials = grpc::InsecureServerCredentials();
  if (certificates != "-") {
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = Read(certificates + "/ca.pem");
    options.pem_key_cert_pairs.push_back({Read(certificates + "/agent-a1.key"), Read(certificates + "/agent-a1.pem")});
    credentials = grpc::SslServerCredentials(options);
  }
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, credentials, &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) throw std::runtime_error("cannot listen on " + address);
  const bool is_unix = address.rfind("unix:", 0) == 0;
  std::cout << "READY "
            << (is_unix ? address : address.substr(0, address.rfind(':') + 1) + std::to_string(port)) << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
}

// The client

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void Demand(bool condition, const std::string& what) {
  if (!condition) throw Failure(what);
}

void DemandStatus(const Status& status, StatusCode code, const std::string& message = "") {
  Demand(
      status.error_code() == code && (message.empty() || status.error_message() == message),
      std::to_string(status.error_code()) + " '" + status.error_message() + "' instead of " + std::to_string(code));
}

void DemandBody(const Payload& payload, int size) {
  Demand(
      payload.body() == Zeros(size),
      std::to_string(payload.body().size()) + " bytes instead of " + std::to_string(size) + " zeros");
}

SimpleRequest Large() {
  SimpleRequest request;
  request.set_response_size(314159);
  request.mutable_payload()->set_body(Zeros(271828));
  return request;
}

StreamingOutputCallRequest Output(const std::vector<int>& sizes, int body) {
  StreamingOutputCallRequest request;
  for (int size : sizes) request.add_response_parameters()->set_size(size);
  request.mutable_payload()->set_body(Zeros(body));
  return request;
}

struct Context : ClientContext {
  explicit Context(std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    set_deadline(std::chrono::system_clock::now() + timeout);
  }
};

struct Run {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<TestService::Stub> stub = TestService::NewStub(channel);

  Status Unary(ClientContext* context, const SimpleRequest& request) {
    SimpleResponse response;
    Status status = stub->UnaryCall(context, request, &response);
    if (status.ok()) DemandBody(response.payload(), request.response_size());
    return status;
  }
};

// Reads one response of this size.
template <class Stream>
void Take(Stream& stream, int size) {
  StreamingOutputCallResponse response;
  if (!stream->Read(&response)) {
    DemandStatus(stream->Finish(), StatusCode::OK);
    throw Failure("the stream ended early");
  }
  DemandBody(response.payload(), size);
}

// Demands that there are no more responses, and that the call ended like this.
template <class Stream>
void End(Stream& stream, StatusCode code = StatusCode::OK, const std::string& message = "") {
  StreamingOutputCallResponse response;
  Demand(!stream->Read(&response), "a response too many");
  DemandStatus(stream->Finish(), code, message);
}

void DemandEchoed(const ClientContext& context) {
  const auto& headers = context.GetServerInitialMetadata();
  const auto& trailers = context.GetServerTrailingMetadata();
  auto initial = headers.find(kInitial);
  auto trailing = trailers.find(kTrailing);
  Demand(initial != headers.end() && initial->second == "test_initial_metadata_value", "the header did not come back");
  Demand(trailing != trailers.end() && trailing->second == "\xab\xab\xab", "the trailer did not come back");
}

using Sizes = std::vector<int>;

const std::map<std::string, std::function<void(Run&)>> kCases = {
    {"empty_unary",
     [](Run& run) {
       Context context;
       Empty response;
       DemandStatus(run.stub->EmptyCall(&context, Empty(), &response), StatusCode::OK);
     }},
    {"large_unary",
     [](Run& run) {
       Context context;
       DemandStatus(run.Unary(&context, Large()), StatusCode::OK);
     }},
    {"client_streaming",
     [](Run& run) {
       Context context;
       StreamingInputCallResponse response;
       auto stream = run.stub->StreamingInputCall(&context, &response);
       for (int size : Sizes{27182, 8, 1828, 45904}) {
         StreamingInputCallRequest request;
         request.mutable_payload()->set_body(Zeros(size));
         stream->Write(request);
       }
       stream->WritesDone();
       DemandStatus(stream->Finish(), StatusCode::OK);
       Demand(response.aggregated_payload_size() == 74922, std::to_string(response.aggregated_payload_size()) + " bytes");
     }},
    {"server_streaming",
     [](Run& run) {
       Context context;
       const Sizes sizes{31415, 9, 2653, 58979};
       auto stream = run.stub->StreamingOutputCall(&context, Output(sizes, 0));
       for (int size : sizes) Take(stream, size);
       End(stream);
     }},
    {"ping_pong",
     [](Run& run) {
       Context context;
       auto stream = run.stub->FullDuplexCall(&context);
       for (auto [size, body] : std::vector<std::pair<int, int>>{{31415, 27182}, {9, 8}, {2653, 1828}, {58979, 45904}}) {
         stream->Write(Output({size}, body));
         Take(stream, size);
       }
       stream->WritesDone();
       End(stream);
     }},
    {"empty_stream",
     [](Run& run) {
       Context context;
       auto stream = run.stub->FullDuplexCall(&context);
       stream->WritesDone();
       End(stream);
     }},
    {"cancel_after_begin",
     [](Run& run) {
       Context context;
       StreamingInputCallResponse response;
       auto stream = run.stub->StreamingInputCall(&context, &response);
       context.TryCancel();
       DemandStatus(stream->Finish(), StatusCode::CANCELLED);
     }},
    {"cancel_after_first_response",
     [](Run& run) {
       Context context;
       auto stream = run.stub->FullDuplexCall(&context);
       stream->Write(Output({31415}, 27182));
       Take(stream, 31415);
       context.TryCancel();
       End(stream, StatusCode::CANCELLED);
     }},
    {"timeout_on_sleeping_server",
     [](Run& run) {
       Context context(std::chrono::milliseconds(1));
       auto stream = run.stub->FullDuplexCall(&context);
       stream->Write(Output({}, 27182));
       End(stream, StatusCode::DEADLINE_EXCEEDED);
     }},
    {"custom_metadata",
     [](Run& run) {
       Context unary, duplex;
       for (auto* context : {&unary, &duplex}) {
         context->AddMetadata(kInitial, "test_initial_metadata_value");
         context->AddMetadata(kTrailing, "\xab\xab\xab");
       }
       DemandStatus(run.Unary(&unary, Large()), StatusCode::OK);
       DemandEchoed(unary);
       auto stream = run.stub->FullDuplexCall(&duplex);
       stream->Write(Output({314159}, 271828));
       stream->WritesDone();
       Take(stream, 314159);
       End(stream);
       DemandEchoed(duplex);
     }},
    {"status_code_and_message",
     [](Run& run) {
       Context unary, duplex;
       SimpleRequest request;
       request.mutable_response_status()->set_code(2);
       request.mutable_response_status()->set_message("test status message");
       DemandStatus(run.Unary(&unary, request), StatusCode::UNKNOWN, "test status message");
       auto stream = run.stub->FullDuplexCall(&duplex);
       StreamingOutputCallRequest streamed;
       *streamed.mutable_response_status() = request.response_status();
       stream->Write(streamed);
       stream->WritesDone();
       End(stream, StatusCode::UNKNOWN, "test status message");
     }},
    {"special_status_message",
     [](Run& run) {
       Context context;
       const std::string message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
       SimpleRequest request;
       request.mutable_response_status()->set_code(2);
       request.mutable_response_status()->set_message(message);
       DemandStatus(run.Unary(&context, request), StatusCode::UNKNOWN, message);
     }},
    {"unimplemented_method",
     [](Run& run) {
       Context context;
       Empty response;
       DemandStatus(run.stub->UnimplementedCall(&context, Empty(), &response), StatusCode::UNIMPLEMENTED);
     }},
    {"unimplemented_service",
     [](Run& run) {
       Context context;
       Empty response;
       auto stub = UnimplementedService::NewStub(run.channel);
       DemandStatus(stub->UnimplementedCall(&context, Empty(), &response), StatusCode::UNIMPLEMENTED);
     }},
    {"client_compressed_unary",
     [](Run& run) {
       Context probe, compressed, plain;
       SimpleRequest request = Large();
       request.mutable_expect_compressed()->set_value(true);
       DemandStatus(run.Unary(&probe, request), StatusCode::INVALID_ARGUMENT);
       compressed.set_compression_algorithm(GRPC_COMPRESS_GZIP);
       DemandStatus(run.Unary(&compressed, request), StatusCode::OK);
       request.mutable_expect_compressed()->set_value(false);
       DemandStatus(run.Unary(&plain, request), StatusCode::OK);
     }},
    {"server_compressed_unary",
     [](Run& run) {
       for (bool wanted : {true, false}) {
         Context context;
         SimpleRequest request = Large();
         request.mutable_response_compressed()->set_value(wanted);
         DemandStatus(run.Unary(&context, request), StatusCode::OK);
         Demand(WasCompressed(context.c_call()) == wanted, wanted ? "it is not compressed" : "it is compressed");
       }
     }},
    {"client_compressed_streaming",
     [](Run& run) {
       Context probe, context;
       StreamingInputCallResponse response;
       StreamingInputCallRequest request;
       request.mutable_expect_compressed()->set_value(true);
       request.mutable_payload()->set_body(Zeros(27182));
       auto refused = run.stub->StreamingInputCall(&probe, &response);
       refused->Write(request);
       refused->WritesDone();
       DemandStatus(refused->Finish(), StatusCode::INVALID_ARGUMENT);

       context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
       auto stream = run.stub->StreamingInputCall(&context, &response);
       stream->Write(request);
       request.mutable_expect_compressed()->set_value(false);
       request.mutable_payload()->set_body(Zeros(45904));
       stream->Write(request, WriteOptions().set_no_compression());
       stream->WritesDone();
       DemandStatus(stream->Finish(), StatusCode::OK);
       Demand(response.aggregated_payload_size() == 73086, std::to_string(response.aggregated_payload_size()) + " bytes");
     }},
    {"server_compressed_streaming",
     [](Run& run) {
       Context context;
       StreamingOutputCallRequest request = Output({31415, 92653}, 0);
       request.mutable_response_parameters(0)->mutable_compressed()->set_value(true);
       request.mutable_response_parameters(1)->mutable_compressed()->set_value(false);
       auto stream = run.stub->StreamingOutputCall(&context, request);
       Take(stream, 31415);
       Demand(WasCompressed(context.c_call()), "the first response is not compressed");
       Take(stream, 92653);
       Demand(!WasCompressed(context.c_call()), "the second response is compressed");
       End(stream);
     }},
};

std::string Result(Run& run, const std::string& name) {
  auto entry = kCases.find(name);
  if (entry == kCases.end()) return "failed: no such case";
  try {
    entry->second(run);
    return "ok";
  } catch (const Failure& failure) {
    return std::string("failed: ") + failure.what();
  }
}

void Call(const std::string& target, const std::string& certificates, const std::vector<std::string>& names) {
  auto credentials = grpc::InsecureChannelCredentials();
  grpc::ChannelArguments arguments;
  if (certificates != "-") {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = Read(certificates + "/ca.pem");
    options.pem_private_key = Read(certificates + "/host-dev.key");
    options.pem_cert_chain = Read(certificates + "/host-dev.pem");
    credentials = grpc::SslCredentials(options);
    arguments.SetSslTargetNameOverride(kServerName);
  }
  Run run{grpc::CreateCustomChannel(target, credentials, arguments)};
  if (!run.channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    throw std::runtime_error("cannot connect to " + target);
  }
  for (const auto& name : names) std::cout << name << ' ' << Result(run, name) << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  try {
    if (words.size() == 1 && words[0] == "version") {
      std::cout << "gRPC C++ " << grpc::Version() << std::endl;
    } else if (words.size() == 3 && words[0] == "server") {
      Serve(words[1], words[2]);
    } else if (words.size() >= 3 && words[0] == "client") {
      Call(words[1], words[2], {words.begin() + 3, words.end()});
    } else {
      throw std::runtime_error("usage: peer version | server ADDRESS CERTS|- | client TARGET CERTS|- CASE...");
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
