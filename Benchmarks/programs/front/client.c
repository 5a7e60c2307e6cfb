// Callers of OpenAI's API, each with a connection of its own, on one thread.
#include "http.h"

enum { WARM = 50, OPENING = 32 };

struct caller {
    int descriptor;
    bool busy, reused, wants_room, in_body, chunked, closes, ended, refused;
    size_t written;
    struct buffer in, text;
    // Bytes to come of the body, or of its chunk.
    size_t left;
    long tokens, left_to_begin;
    int64_t began;
};

// How long a workload goes on: so many seconds, or so many calls of each caller.
struct extent {
    double seconds;
    long times;
};

static struct sockaddr_in server;
static int poller;

// What is asked, the same for all callers; and what comes of it.
static struct buffer request;
static bool asks_stream, paces, holds;
static long tokens_wanted;
static char echo[101];

static struct {
    long calls, tokens, refused;
    struct buffer latencies;
} outcome;

static void measured(int64_t latency) { append(&outcome.latencies, &latency, sizeof latency); }

static void open_connection(struct caller *caller) {
    caller->descriptor = new_socket(true);
    caller->reused = false;
    require(connect(caller->descriptor, (struct sockaddr *)&server, sizeof server) == 0, "connect");
    fcntl(caller->descriptor, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLOUT | EPOLLET, .data.ptr = caller};
    require(epoll_ctl(poller, EPOLL_CTL_ADD, caller->descriptor, &event) == 0, "epoll_ctl");
}

static void close_connection(struct caller *caller) {
    close(caller->descriptor);
    caller->descriptor = -1;
}

static void send_request(struct caller *caller) {
    while (caller->written < request.length) {
        ssize_t count = write(caller->descriptor, request.bytes + caller->written, request.length - caller->written);
        if (count < 0 && errno == EAGAIN) {
            caller->wants_room = true;
            return;
        }
        // A closed connection is noticed where it is read.
        if (count < 0) break;
        caller->written += count;
    }
    caller->wants_room = false;
}

static void begin(struct caller *caller) {
    if (caller->descriptor < 0) open_connection(caller);
    caller->busy = true;
    caller->in_body = caller->ended = false;
    caller->in.length = caller->text.length = caller->written = 0;
    caller->tokens = 0;
    caller->began = now();
    send_request(caller);
}

// One line of a stream of server-sent events.
static void understand_line(struct caller *caller, const char *line, size_t length) {
    if (length < 6 || memcmp(line, "data: ", 6)) return;
    if (length == 12 && !memcmp(line, "data: [DONE]", 12)) {
        caller->ended = true;
        return;
    }
    if (!memmem(line, length, "\"choices\"", 9)) fail("not an event of a completion: %.*s", (int)length, line);
    size_t text_length;
    const char *text = content_of(line, line + length, &text_length);
    if (!text) return;
    caller->tokens++;
    outcome.tokens++;
    // A paced token says when it was written.
    if (paces) measured(now() - atoll(text));
    if (holds && caller->tokens == 1) measured(now() - caller->began);
}

static void understand_lines(struct caller *caller) {
    size_t done = 0;
    for (char *line; (line = memchr(caller->text.bytes + done, '\n', caller->text.length - done)); ) {
        understand_line(caller, caller->text.bytes + done, line - (caller->text.bytes + done));
        done = line + 1 - caller->text.bytes;
    }
    drop(&caller->text, done);
}

static void end_call(struct caller *caller) {
    if (asks_stream) {
        if (!caller->ended || caller->tokens != tokens_wanted)
            fail("a stream ended after %ld of %ld tokens", caller->tokens, tokens_wanted);
    } else if (!memmem(caller->text.bytes, caller->text.length, echo, strlen(echo))) {
        fail("no echo: %.*s", (int)caller->text.length, caller->text.bytes);
    }
    outcome.calls++;
    caller->busy = false;
    caller->reused = true;
    if (!paces) measured(now() - caller->began);
    if (caller->closes) close_connection(caller);
}

static void take(struct caller *caller, size_t *used, size_t length) {
    append(&caller->text, caller->in.bytes + *used, length);
    *used += length;
    if (asks_stream) understand_lines(caller);
}

// Understands what has come; false where more must come.
static bool understand(struct caller *caller, size_t *used) {
    struct buffer rest = {caller->in.bytes + *used, caller->in.length - *used, 0};
    if (!caller->in_body) {
        struct head head = read_head(&rest);
        if (!head.length) return false;
        if (rest.length < 12 || memcmp(rest.bytes + 9, "200", 3)) {
            if (!holds) fail("refused: %.*s", (int)rest.length, rest.bytes);
            outcome.refused++;
            caller->refused = true;
            caller->busy = false;
            return false;
        }
        *used += head.length;
        caller->in_body = true;
        caller->chunked = head.chunked;
        caller->closes = head.closes;
        caller->left = head.content;
        return true;
    }
    if (!caller->chunked) {
        size_t length = rest.length < caller->left ? rest.length : caller->left;
        take(caller, used, length);
        if (caller->left -= length) return false;
        end_call(caller);
        return false;
    }
    if (caller->left == 0) {
        char *line = memmem(rest.bytes, rest.length, "\r\n", 2);
        if (!line) return false;
        size_t size = strtoul(rest.bytes, NULL, 16);
        if (size == 0) {
            // No trailers come.
            if (rest.bytes + rest.length < line + 4) return false;
            *used += line + 4 - rest.bytes;
            end_call(caller);
            return false;
        }
        *used += line + 2 - rest.bytes;
        // With the end of the line behind it.
        caller->left = size + 2;
        return true;
    }
    size_t length = rest.length < caller->left ? rest.length : caller->left;
    if (length == 0) return false;
    size_t content = caller->left > 2 ? (length < caller->left - 2 ? length : caller->left - 2) : 0;
    caller->left -= length;
    if (content) take(caller, used, content);
    *used += length - content;
    return true;
}

static void come(struct caller *caller, uint32_t events) {
    if (caller->wants_room) send_request(caller);
    if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLERR))) return;
    bool open = fill(caller->descriptor, &caller->in) && !(events & EPOLLRDHUP);
    size_t used = 0;
    while (caller->busy && understand(caller, &used)) {}
    drop(&caller->in, used < caller->in.length ? used : caller->in.length);
    if (open || caller->descriptor < 0) return;
    if (caller->busy && (!caller->reused || caller->in_body || caller->in.length))
        fail("the server closed a connection during a call");
    close_connection(caller);
    // It was closed while it was idle.
    if (caller->busy) begin(caller);
}

// Lets events come for that long, in nanoseconds.
static void wait_for(int64_t time) {
    struct epoll_event events[256];
    struct timespec timeout = {time / 1000000000, time % 1000000000};
    int count = epoll_pwait2(poller, events, 256, time < 0 ? &(struct timespec){0} : &timeout, NULL);
    for (int index = 0; index < count; index++) {
        struct caller *caller = events[index].data.ptr;
        if (caller->descriptor >= 0) come(caller, events[index].events);
    }
}

// Calls again and again until the time is over, or so often from each, and until all calls have ended.
static void repeat(struct caller *callers, int count, struct extent extent) {
    int64_t end = extent.times ? INT64_MAX : now() + (int64_t)(extent.seconds * 1e9);
    for (int index = 0; index < count; index++) callers[index].left_to_begin = extent.times ? extent.times : LONG_MAX;
    for (bool busy = true; busy;) {
        busy = false;
        bool more = now() < end;
        for (int index = 0; index < count; index++) {
            if (!callers[index].busy && more && callers[index].left_to_begin) {
                callers[index].left_to_begin--;
                begin(&callers[index]);
            }
            busy |= callers[index].busy;
        }
        if (busy) wait_for(1000000000);
    }
}

// One stream of each, begun one after the other within the time between two tokens.
static void pace(struct caller *callers, int count, long rate) {
    int64_t start = now();
    for (int index = 0; index < count; index++) {
        int64_t due = start + 1000000000 / rate * index / count;
        while (now() < due) wait_for(due - now());
        begin(&callers[index]);
    }
    // None is begun again.
    repeat(callers, count, (struct extent){.seconds = 0});
}

static int held(const struct caller *callers, int count) {
    int held = 0;
    for (int index = 0; index < count; index++) held += callers[index].refused || callers[index].tokens > 0;
    return held;
}

// Opens streams, few at a time, and returns once each has brought a token, or is refused.
static void hold(struct caller *callers, int count) {
    int64_t limit = now() + 60000000000;
    for (int begun = 0, done = 0; done < count;) {
        if (now() > limit) fail("%d of %d streams have brought a token after a minute", done, count);
        while (begun < count && begun < done + OPENING) begin(&callers[begun++]);
        wait_for(100000000);
        done = held(callers, begun);
    }
}

static void ask(const char *content, const char *more) {
    struct buffer body = {0};
    char head[256];
    append_text(&body, "{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"");
    append_text(&body, content);
    append_text(&body, "\"}]");
    append_text(&body, more);
    append_text(&body, "}");
    snprintf(head, sizeof head,
             "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
             "content-length: %zu\r\n\r\n",
             ntohs(server.sin_port), body.length);
    request.length = 0;
    append_text(&request, head);
    append(&request, body.bytes, body.length);
    free(body.bytes);
    asks_stream = strstr(more, "\"stream\":true") != NULL;
}

static void ask_stream(long tokens, long rate) {
    char content[64];
    if (rate) snprintf(content, sizeof content, "%ld@%ld", tokens, rate);
    else snprintf(content, sizeof content, "%ld", tokens);
    tokens_wanted = tokens;
    ask(content, ",\"stream\":true");
}

// An unknown member of that many bytes, all of them small values.
static void ask_values(size_t bytes) {
    struct buffer more = {0};
    append_text(&more, ",\"values\":[0");
    for (int index = 0; more.length + 32 < bytes; index++) {
        static const char *values[] = {",1", ",true", ",\"ab\"", ",null", ",{\"a\":2}", ",[]", ",-0.5"};
        append_text(&more, values[index % 7]);
    }
    append(&more, "]", 2);
    ask(echo, more.bytes);
    free(more.bytes);
}

static void pause_for_readings(const char *word) {
    puts(word);
    fflush(stdout);
    while (getchar() != '\n') {}
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

// In microseconds; 0 where nothing was measured.
static double percentile(int percent) {
    int64_t *values = (int64_t *)outcome.latencies.bytes;
    size_t count = outcome.latencies.length / sizeof *values, index = count * percent / 100;
    return count ? values[index < count ? index : count - 1] / 1e3 : 0;
}

static struct extent extent_of(const char *text) {
    char *end;
    struct extent extent = {.seconds = strtod(text, &end)};
    if (!strcmp(end, "x")) extent = (struct extent){.times = extent.seconds};
    else if (*end) fail("%s is neither seconds nor COUNTx", text);
    return extent;
}

void call(const char *address, const char *workload, const char *length) {
    struct extent extent = extent_of(length);
    int count = 0;
    long number = 0;
    char kind[16];
    if (sscanf(workload, "%15[a-z]-%dx%ld", kind, &count, &number) < 2 || count < 1) fail("%s is no workload", workload);
    server = loopback(address);
    poller = epoll_create1(0);
    struct caller *callers = calloc(count + WARM, sizeof *callers);
    for (int index = 0; index < count + WARM; index++) callers[index].descriptor = -1;
    for (int index = 0; index < 100; index++) echo[index] = 'a' + index % 10;

    paces = !strcmp(kind, "paced");
    holds = !strcmp(kind, "held");
    if (!strcmp(kind, "unary")) ask(echo, "");
    else if (!strcmp(kind, "values")) ask_values(number);
    else if (!strcmp(kind, "stream")) ask_stream(number, 0);
    else if (paces) ask_stream(number * 0.3 + 1, number);
    else if (holds) ask("1000@0.2", ",\"stream\":true");
    else fail("%s is no workload", workload);

    // More streams than these are the ones that count.
    if (holds) hold(callers, WARM);
    else if (paces) pace(callers, count, number);
    else repeat(callers, count, extent.times ? (struct extent){.times = 100} : (struct extent){.seconds = 0.3});
    outcome.calls = outcome.tokens = outcome.refused = outcome.latencies.length = 0;
    if (paces) ask_stream(number * extent.seconds, number);

    pause_for_readings("BEGIN");
    int64_t start = now();
    if (holds) hold(callers + WARM, count);
    else if (paces) pace(callers, count, number);
    else repeat(callers, count, extent);
    double elapsed = (now() - start) / 1e9;
    pause_for_readings("END");

    qsort(outcome.latencies.bytes, outcome.latencies.length / sizeof(int64_t), sizeof(int64_t), compare);
    long counted = holds ? count - outcome.refused : asks_stream ? outcome.tokens : outcome.calls;
    printf("%ld %.6f %.2f %.2f\n", counted, elapsed, percentile(50), percentile(99));
}
