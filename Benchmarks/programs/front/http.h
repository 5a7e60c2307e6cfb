// What both ends share: time, growing buffers, and how a head of HTTP/1.1 is read.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline void require(bool condition, const char *what) {
    if (!condition) fail("%s: %s", what, strerror(errno));
}

// Nanoseconds of CLOCK_MONOTONIC, which all processes of the machine share.
static inline int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

struct buffer {
    char *bytes;
    size_t length, room;
};

static inline void reserve(struct buffer *buffer, size_t more) {
    if (buffer->length + more <= buffer->room) return;
    buffer->room = 2 * (buffer->length + more);
    buffer->bytes = realloc(buffer->bytes, buffer->room);
    require(buffer->bytes, "realloc");
}

static inline void append(struct buffer *buffer, const void *bytes, size_t length) {
    reserve(buffer, length);
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

static inline void append_text(struct buffer *buffer, const char *text) { append(buffer, text, strlen(text)); }

// Forgets the first bytes.
static inline void drop(struct buffer *buffer, size_t length) {
    buffer->length -= length;
    memmove(buffer->bytes, buffer->bytes + length, buffer->length);
}

// Reads what there is; false at the end of the connection.
static inline bool fill(int descriptor, struct buffer *buffer) {
    for (;;) {
        size_t wanted = 64 << 10;
        reserve(buffer, wanted);
        ssize_t count = read(descriptor, buffer->bytes + buffer->length, wanted);
        if (count == 0) return false;
        if (count < 0) return errno == EAGAIN;
        buffer->length += count;
        if ((size_t)count < wanted) return true;
    }
}

struct head {
    size_t length;  // With the empty line; 0 where it is not complete.
    bool chunked, closes;
    size_t content;
};

static inline struct head read_head(const struct buffer *buffer) {
    struct head head = {0};
    const char *end = memmem(buffer->bytes, buffer->length, "\r\n\r\n", 4);
    if (!end) return head;
    head.length = end + 4 - buffer->bytes;
    for (const char *line = buffer->bytes; line < end;) {
        line = (const char *)memmem(line, end + 2 - line, "\r\n", 2) + 2;
        if (!strncasecmp(line, "content-length:", 15)) head.content = strtoul(line + 15, NULL, 10);
        if (!strncasecmp(line, "transfer-encoding: chunked", 26)) head.chunked = true;
        if (!strncasecmp(line, "connection: close", 17)) head.closes = true;
    }
    return head;
}

static inline int new_socket(bool waits) {
    int descriptor = socket(AF_INET, SOCK_STREAM | (waits ? 0 : SOCK_NONBLOCK), 0), on = 1;
    require(descriptor >= 0, "socket");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

static inline struct sockaddr_in loopback(const char *address) {
    if (strncmp(address, "tcp:", 4)) fail("%s is no address: tcp:PORT", address);
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(atoi(address + 4)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

// The text of the last member "content" before `end`; NULL where there is none or it is empty.
static inline const char *content_of(const char *bytes, const char *end, size_t *length) {
    const char *found = NULL;
    for (const char *next = bytes; (next = memmem(next, end - next, "\"content\":", 10)); ) found = next += 10;
    if (!found) return NULL;
    while (found < end && *found == ' ') found++;
    if (found == end || *found++ != '"') return NULL;
    const char *quote = memchr(found, '"', end - found);
    if (!quote || quote == found) return NULL;
    *length = quote - found;
    return found;
}

void serve(const char *address);
void call(const char *address, const char *workload, const char *length);
