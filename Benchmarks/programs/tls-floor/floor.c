/* The floor of the benchmarks: the same bytes over OpenSSL and a socket, no HTTP/2, no gRPC, no event loop.
   Benchmarks/programs/README.md has the command line; tls:PORT only. Workloads:

     unary-1    ping-pong of one record each way, the sizes of a unary call of 100 bytes
     large-N    messages of 1 MiB each way, N on their way at once; the server answers whole messages
     idle-N     N connections that have exchanged one record each, at the server with what OpenSSL holds for them

   The server takes one connection after the other. The first record says what it is for. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

/* What a unary call of 100 bytes puts into its TLS record there and back. */
enum { REQUEST = 136, RESPONSE = 140, LARGE = 1 << 20, WARM_CONNECTIONS = 50, KEPT_SESSIONS = 1024 };

struct opening {
    uint32_t request, response;
    uint32_t stays_idle;
};

static void fail(const char *what) {
    perror(what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static const char *certificate(const char *side, const char *ending) {
    static char path[4096];
    const char *folder = getenv("CERTIFICATES");
    snprintf(path, sizeof path, "%s/%s%s", folder ? folder : ".", side, ending);
    return path;
}

/* With the options that HectorRPC sets, by the very same functions. */
static SSL_CTX *context(int server) {
    const char *side = server ? "server" : "client";
    SSL_CTX *c = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION);
    hector_ssl_ctx_harden(c);
    if (server) {
        SSL_CTX_set_session_id_context(c, (const unsigned char *)"floor", 5);
        hector_ssl_ctx_keep_server_sessions(c, KEPT_SESSIONS);
    } else {
        hector_ssl_ctx_keep_client_sessions(c);
    }
    if (SSL_CTX_use_certificate_chain_file(c, certificate(side, ".pem")) != 1 ||
        SSL_CTX_use_PrivateKey_file(c, certificate(side, ".key"), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(c, certificate("ca", ".pem"), NULL) != 1)
        fail("certificates");
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return c;
}

static struct sockaddr_in loopback(const char *address) {
    if (strncmp(address, "tls:", 4)) {
        fprintf(stderr, "%s is no address of this program: tls:PORT\n", address);
        exit(1);
    }
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(atoi(address + 4))};
}

static void no_delay(int socket) { setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); }

/* Blocking sockets: all of it, or 0 when the peer is gone. */
static int read_all(SSL *ssl, char *bytes, int count) {
    for (int done = 0; done < count;) {
        int got = SSL_read(ssl, bytes + done, count - done);
        if (got <= 0) return 0;
        done += got;
    }
    return 1;
}

static int write_all(SSL *ssl, const char *bytes, int count) {
    for (int done = 0; done < count;) {
        int put = SSL_write(ssl, bytes + done, count - done);
        if (put <= 0) return 0;
        done += put;
    }
    return 1;
}

static void serve(const char *address) {
    SSL_CTX *c = context(1);
    struct sockaddr_in where = loopback(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 128)) fail("listen");
    char *bytes = malloc(LARGE);
    puts("READY");
    for (;;) {
        int socket = accept(listener, NULL, NULL);
        if (socket < 0) fail("accept");
        no_delay(socket);
        SSL *ssl = SSL_new(c);
        SSL_set_fd(ssl, socket);
        struct opening opening;
        if (SSL_accept(ssl) != 1 || !read_all(ssl, (char *)&opening, sizeof opening)) fail("accepting TLS");
        if (opening.request > LARGE || opening.response > LARGE) fail("sizes");
        while (read_all(ssl, bytes, opening.request) && write_all(ssl, bytes, opening.response))
            if (opening.stays_idle) break;
        if (opening.stays_idle) continue; /* It stays open, and all that OpenSSL holds for it. */
        SSL_free(ssl);
        close(socket);
    }
}

static SSL *connect_to(SSL_CTX *c, const char *address, struct opening opening) {
    struct sockaddr_in where = loopback(address);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(descriptor, (struct sockaddr *)&where, sizeof where)) fail("connect");
    no_delay(descriptor);
    SSL *ssl = SSL_new(c);
    SSL_set_fd(ssl, descriptor);
    if (SSL_connect(ssl) != 1 || !write_all(ssl, (char *)&opening, sizeof opening)) fail("connecting TLS");
    return ssl;
}

static double *latencies;
static long count, room;

static void add(int64_t latency) {
    if (count == room) {
        room = room ? 2 * room : 1 << 20;
        latencies = realloc(latencies, room * sizeof *latencies);
        if (!latencies) fail("memory");
    }
    latencies[count++] = latency / 1e3;
}

static void ping_pong(SSL *ssl, double seconds) {
    char bytes[RESPONSE] = {0};
    int64_t start = now(), end = start + (int64_t)(seconds * 1e9);
    while (start < end) {
        if (!write_all(ssl, bytes, REQUEST) || !read_all(ssl, bytes, RESPONSE)) fail("ping-pong");
        int64_t after = now();
        add(after - start);
        start = after;
    }
}

/* Reads and writes as the socket takes them, so that both directions are busy. */
static void large(SSL *ssl, int in_flight, double seconds) {
    int socket = SSL_get_fd(ssl);
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
    static char out[LARGE], in[LARGE];
    int64_t *started = calloc(in_flight, sizeof *started), end = now() + (int64_t)(seconds * 1e9);
    long begun = 0, answered = 0;
    int written = LARGE, received = 0;
    for (;;) {
        int moved = 0;
        if (written == LARGE && begun - answered < in_flight && now() < end) {
            started[begun++ % in_flight] = now();
            written = 0;
        }
        int wants_write = 0;
        if (written < LARGE) {
            int put = SSL_write(ssl, out + written, LARGE - written);
            if (put > 0) written += put, moved = 1;
            else if (SSL_get_error(ssl, put) == SSL_ERROR_WANT_WRITE) wants_write = 1;
            else fail("writing");
        }
        int got = SSL_read(ssl, in + received, LARGE - received);
        if (got > 0) {
            received += got, moved = 1;
            if (received == LARGE) {
                received = 0;
                add(now() - started[answered++ % in_flight]);
                if (now() >= end && begun == answered) break;
            }
        } else if (SSL_get_error(ssl, got) != SSL_ERROR_WANT_READ) fail("reading");
        if (!moved) {
            struct pollfd ready = {.fd = socket, .events = POLLIN | (wants_write ? POLLOUT : 0)};
            poll(&ready, 1, -1);
        }
    }
    free(started);
}

/* The runner reads the clocks of all processes before it lets us go on. */
static void pause_at(const char *word) {
    char line[16];
    puts(word);
    if (!fgets(line, sizeof line, stdin)) exit(1);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    setlinebuf(stdout);
    if (argc == 3 && !strcmp(argv[1], "server")) serve(argv[2]);
    if (argc != 5 || strcmp(argv[1], "client")) {
        fprintf(stderr, "usage: floor server ADDRESS | client ADDRESS unary-1|large-N|idle-N SECONDS\n");
        return 2;
    }
    SSL_CTX *c = context(0);
    const char *address = argv[2], *dash = strchr(argv[3], '-');
    int number = dash ? atoi(dash + 1) : 0;
    double seconds = atof(argv[4]), elapsed = 0;
    if (!strncmp(argv[3], "idle-", 5)) {
        char bytes[RESPONSE] = {0};
        for (int i = 0; i < WARM_CONNECTIONS + number; i++) {
            if (i == WARM_CONNECTIONS) pause_at("BEGIN");
            SSL *ssl = connect_to(c, address, (struct opening){REQUEST, RESPONSE, 1});
            if (!write_all(ssl, bytes, REQUEST) || !read_all(ssl, bytes, RESPONSE)) fail("idle");
        }
        pause_at("END");
        printf("%d 0 0 0\n", number);
        return 0;
    }
    int is_large = !strncmp(argv[3], "large-", 6);
    if (number < 1 || (!is_large && strcmp(argv[3], "unary-1"))) {
        fprintf(stderr, "%s is no workload of this program\n", argv[3]);
        return 2;
    }
    SSL *ssl = connect_to(c, address, is_large ? (struct opening){LARGE, LARGE, 0} : (struct opening){REQUEST, RESPONSE, 0});
    for (int phase = 0; phase < 2; phase++) {
        if (phase) pause_at("BEGIN");
        count = 0;
        int64_t start = now();
        if (is_large) large(ssl, number, phase ? seconds : 0.3);
        else ping_pong(ssl, phase ? seconds : 0.3);
        elapsed = (now() - start) / 1e9;
    }
    pause_at("END");
    qsort(latencies, count, sizeof *latencies, ascending);
    printf("%ld %f %f %f\n", count, elapsed, latencies[count / 2], latencies[count * 99 / 100]);
    return 0;
}
