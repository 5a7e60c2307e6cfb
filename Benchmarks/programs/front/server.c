// A model server of OpenAI's API that echoes, on one thread.
#include "http.h"

// One event, as Hector sends it.
#define EVENT_HEAD \
    "{\"choices\":[{\"index\":0,\"delta\":{"
#define EVENT_TAIL \
    "\"logprobs\":null}],\"id\":\"chatcmpl-0123456789abcdef0123456789abcdef\",\"object\":\"chat.completion.chunk\"," \
    "\"created\":1700000000,\"model\":\"echo\"}"

enum { CONNECTIONS = 1 << 16 };

struct connection {
    struct buffer in, out;
    size_t written;
    bool streams, waits_for_room;
    // Of a stream: tokens to come, the time between two (0: none), and when the next one is due.
    long tokens;
    int64_t interval, due;
};

static struct connection connections[CONNECTIONS];
static int poller, highest;

// Writes what there is to write; false where the peer takes no more for now.
static bool flush(int descriptor, struct connection *connection) {
    struct buffer *out = &connection->out;
    while (connection->written < out->length) {
        ssize_t count = write(descriptor, out->bytes + connection->written, out->length - connection->written);
        if (count < 0) {
            connection->waits_for_room = errno == EAGAIN;
            if (errno == EAGAIN) return false;
            out->length = connection->written = connection->tokens = 0;
            connection->streams = false;
            return false;
        }
        connection->written += count;
    }
    out->length = connection->written = 0;
    connection->waits_for_room = false;
    return true;
}

static void event(struct buffer *out, const char *data) {
    char size[32];
    snprintf(size, sizeof size, "%zx\r\n", strlen(data) + 8);
    append_text(out, size);
    append_text(out, "data: ");
    append_text(out, data);
    append_text(out, "\n\n\r\n");
}

// Sends the tokens that are due, a write for each, and the end behind the last one.
static void go_on(int descriptor, struct connection *connection) {
    char text[512];
    while (connection->streams && flush(descriptor, connection)) {
        if (connection->tokens == 0) {
            connection->streams = false;
            event(&connection->out, EVENT_HEAD "},\"finish_reason\":\"stop\"," EVENT_TAIL);
            event(&connection->out, "[DONE]");
            append_text(&connection->out, "0\r\n\r\n");
            flush(descriptor, connection);
            return;
        }
        int64_t time = now();
        if (connection->interval) {
            if (time < connection->due) return;
            connection->due += connection->interval;
            snprintf(text, sizeof text, EVENT_HEAD "\"content\":\"%lld\"},\"finish_reason\":null," EVENT_TAIL, (long long)time);
        } else {
            snprintf(text, sizeof text, EVENT_HEAD "\"content\":\"token-0123456789ab\"},\"finish_reason\":null," EVENT_TAIL);
        }
        connection->tokens--;
        event(&connection->out, text);
    }
}

static void whole(struct buffer *out, const char *before, const char *text, size_t length, const char *after) {
    char head[160];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n",
             strlen(before) + length + strlen(after));
    append_text(out, head);
    append_text(out, before);
    append(out, text, length);
    append_text(out, after);
}

static void answer(struct connection *connection, const char *body, size_t body_length, bool is_call) {
    size_t length = 0;
    const char *end = body + body_length, *text = is_call ? content_of(body, end, &length) : NULL;
    if (!text) {
        // Whatever a gateway asks before it calls: health, models, load.
        const char *about = "{\"status\":\"ok\",\"object\":\"list\",\"data\":[{\"id\":\"echo\",\"object\":\"model\"}],"
                            "\"model_path\":\"echo\",\"served_model_name\":\"echo\",\"load\":0}";
        whole(&connection->out, about, "", 0, "");
    } else if (memmem(body, body_length, "\"stream\":true", 13) || memmem(body, body_length, "\"stream\": true", 14)) {
        append_text(&connection->out,
                    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n"
                    "transfer-encoding: chunked\r\n\r\n");
        event(&connection->out, EVENT_HEAD "\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null," EVENT_TAIL);
        char *rate;
        connection->streams = true;
        connection->tokens = strtol(text, &rate, 10);
        connection->interval = *rate == '@' ? 1e9 / strtod(rate + 1, NULL) : 0;
        connection->due = now();
    } else {
        whole(&connection->out, "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"", text, length,
              "\",\"refusal\":null},\"finish_reason\":\"stop\",\"logprobs\":null}],"
              "\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":1,\"total_tokens\":1},"
              "\"id\":\"chatcmpl-0123456789abcdef0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1700000000,"
              "\"model\":\"echo\"}");
    }
}

// The request's body may come in chunks: joins them in place. Returns the bytes it took, 0 where it is not complete.
static size_t join_chunks(char *bytes, size_t length, size_t *joined) {
    char *in = bytes, *end = bytes + length;
    for (*joined = 0;;) {
        char *line = memmem(in, end - in, "\r\n", 2);
        if (!line) return 0;
        size_t size = strtoul(in, NULL, 16);
        if ((size_t)(end - line) < size + 4) return 0;
        memmove(bytes + *joined, line + 2, size);
        *joined += size;
        in = line + 2 + size + 2;
        if (size == 0) return in - bytes;
    }
}

static void understand(int descriptor, struct connection *connection) {
    struct buffer *in = &connection->in;
    while (!connection->streams) {
        struct head head = read_head(in);
        if (!head.length) return;
        size_t taken = head.content, length = head.content;
        if (head.chunked) {
            // On a copy: it may not be complete.
            struct buffer copy = {0};
            append(&copy, in->bytes + head.length, in->length - head.length);
            taken = join_chunks(copy.bytes, copy.length, &length);
            if (taken) memcpy(in->bytes + head.length, copy.bytes, length);
            free(copy.bytes);
            if (!taken) return;
        } else if (in->length < head.length + taken) {
            return;
        }
        answer(connection, in->bytes + head.length, length, in->bytes[0] == 'P');
        drop(in, head.length + taken);
        if (connection->streams) go_on(descriptor, connection);
        else flush(descriptor, connection);
    }
}

static void watch(int descriptor, int how) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLOUT | EPOLLET, .data.fd = descriptor};
    require(epoll_ctl(poller, how, descriptor, &event) == 0, "epoll_ctl");
}

static void end(int descriptor) {
    close(descriptor);
    struct connection *connection = &connections[descriptor];
    free(connection->in.bytes);
    free(connection->out.bytes);
    *connection = (struct connection){0};
}

// Nanoseconds until a token is due, -1 for ever.
static int64_t next_due(void) {
    int64_t due = INT64_MAX;
    for (int descriptor = 0; descriptor <= highest; descriptor++) {
        struct connection *connection = &connections[descriptor];
        if (connection->streams && connection->interval && !connection->waits_for_room && connection->due < due)
            due = connection->due;
    }
    if (due == INT64_MAX) return -1;
    int64_t time = now();
    return due > time ? due - time : 0;
}

void serve(const char *address) {
    int listener = new_socket(false), on = 1;
    struct sockaddr_in where = loopback(address);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    require(bind(listener, (struct sockaddr *)&where, sizeof where) == 0, "bind");
    require(listen(listener, 4096) == 0, "listen");
    poller = epoll_create1(0);
    watch(listener, EPOLL_CTL_ADD);
    puts("READY");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int64_t left = next_due();
        struct timespec timeout = {left / 1000000000, left % 1000000000};
        int count = epoll_pwait2(poller, events, 256, left < 0 ? NULL : &timeout, NULL);
        for (int index = 0; index < count; index++) {
            int descriptor = events[index].data.fd;
            if (descriptor == listener) {
                for (int peer; (peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                    if (peer >= CONNECTIONS) fail("too many connections");
                    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    if (peer > highest) highest = peer;
                    watch(peer, EPOLL_CTL_ADD);
                }
                continue;
            }
            struct connection *connection = &connections[descriptor];
            if (events[index].events & (EPOLLIN | EPOLLRDHUP | EPOLLERR)) {
                bool open = fill(descriptor, &connection->in) && !(events[index].events & EPOLLRDHUP);
                understand(descriptor, connection);
                if (!open) {
                    end(descriptor);
                    continue;
                }
            }
            if (connection->waits_for_room) {
                if (connection->streams) go_on(descriptor, connection);
                else flush(descriptor, connection);
                if (!connection->waits_for_room) understand(descriptor, connection);
            }
        }
        if (left < 0) continue;
        int64_t time = now();
        for (int descriptor = 0; descriptor <= highest; descriptor++) {
            struct connection *connection = &connections[descriptor];
            if (connection->streams && connection->interval && !connection->waits_for_room && connection->due <= time)
                go_on(descriptor, connection);
        }
    }
}
