#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// The soft limit of descriptors that this process was started with; 0: it was not changed.
static _Atomic rlim_t first_limit = 0;

// More would cost programs of ours memory for nothing, and "unlimited" is a billion with some container engines.
#define MOST_DESCRIPTORS ((rlim_t)1 << 20)

long cprocess_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    rlim_t wanted = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > MOST_DESCRIPTORS ? MOST_DESCRIPTORS : limit.rlim_max;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < wanted) {
        struct rlimit raised = {.rlim_cur = wanted, .rlim_max = limit.rlim_max};
        rlim_t none = 0;
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            atomic_compare_exchange_strong(&first_limit, &none, limit.rlim_cur);
            limit = raised;
        }
    }
    return limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > MOST_DESCRIPTORS ? (long)MOST_DESCRIPTORS : (long)limit.rlim_cur;
}

// Descriptors 0 to 2 may be closed in this process. None of ours takes their place, or what is printed goes there.
static int clear_of_stdio(int descriptor)
{
    if (descriptor < 0 || descriptor > 2) return descriptor;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(descriptor);
    errno = error;
    return moved;
}

static int clear_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    for (int i = 0; i < 2; i++) {
        ends[i] = clear_of_stdio(ends[i]);
        if (ends[i] >= 0) continue;
        int error = errno;
        if (ends[1 - i] >= 0) close(ends[1 - i]);
        return error;
    }
    return 0;
}

// Close-on-exec rather than closed, since the pipe that reports a failed exec is among them.
static void close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    // Linux before 5.11. Nobody has a million descriptors and such a kernel.
    struct rlimit limit;
    unsigned end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (1U << 20) ? limit.rlim_cur : 1U << 20;
    for (unsigned fd = first; fd < end; fd++) fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

// Between fork and exec only async-signal-safe functions are allowed.
static int become(const struct cprocess_program *program, pid_t parent)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    // SIGKILL, SIGSTOP and those that libc keeps for itself refuse; they cannot be changed anyway.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);

    if (setpgid(0, 0) != 0) return errno;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // The parent may have died before the line above; then nobody would ever kill us.
    if (getppid() != parent) return ESRCH;

    // First out of the way of 0, 1 and 2, then into place: the three may be given in any order.
    const int given[3] = {program->standard_input, program->standard_output, program->standard_error};
    int moved[3];
    for (int i = 0; i < 3; i++) {
        moved[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3);
        if (moved[i] < 0) return errno;
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(moved[i], i) < 0) return errno;
    }
    close_from(3);

    // Programs that use select(2), or that walk over all descriptors, rely on a small limit.
    struct rlimit limit;
    rlim_t first = atomic_load(&first_limit);
    if (first != 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = first;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
    }

    if (program->directory != NULL && chdir(program->directory) != 0) return errno;

    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return errno;
    execve(program->path, program->arguments, program->environment);
    return errno;
}

int cprocess_spawn(const struct cprocess_program *program, struct cprocess_child *child)
{
    int failure[2];
    // The child moves its stdio to 0, 1 and 2: the pipe is clear of them.
    int error = clear_pipe(failure);
    if (error != 0) return error;
    int report = failure[1];

    // No handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        int error = become(program, parent);
        while (write(report, &error, sizeof error) < 0 && errno == EINTR) {}
        _exit(127);
    }
    error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report);
    if (pid < 0) {
        close(failure[0]);
        return error;
    }

    int reported = 0;
    ssize_t count;
    do count = read(failure[0], &reported, sizeof reported);
    while (count < 0 && errno == EINTR);
    close(failure[0]);

    int pidfd = -1;
    if (count == 0) {
        // Our own child, not yet reaped: its number cannot have been taken by another process.
        pidfd = clear_of_stdio((int)syscall(SYS_pidfd_open, pid, 0));
        if (pidfd >= 0) {
            *child = (struct cprocess_child){.pid = pid, .pidfd = pidfd};
            return 0;
        }
        reported = errno;
        kill(-pid, SIGKILL);
    } else if (count != sizeof reported) {
        reported = EPIPE;
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return reported;
}

int cprocess_reap(pid_t pid, int *code, int *signal)
{
    int status;
    pid_t reaped = waitpid(pid, &status, WNOHANG);
    if (reaped < 0) return errno;
    if (reaped == 0) return EAGAIN;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    return 0;
}

int cprocess_adopts_orphans(void)
{
    int is_subreaper = 0;
    return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper) == 0 && is_subreaper != 0);
}

pid_t cprocess_ended_child(void)
{
    siginfo_t info = {0};
    // Its status stays where it is: it may be a child whose end somebody waits for.
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
    return info.si_pid;
}

int cprocess_pipe(int ends[2])
{
    int failed = clear_pipe(ends);
    if (failed != 0) return failed;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return error;
}

int cprocess_eventfd(void)
{
    return clear_of_stdio(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

int cprocess_null(void)
{
    return clear_of_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void limit_to(int resource, unsigned long long value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    // A limit that is lower already stays.
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value) limit.rlim_max = value;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

void cprocess_confine(unsigned long long memory, unsigned long long seconds, unsigned long long descriptors) {
    limit_to(RLIMIT_AS, memory);
    limit_to(RLIMIT_CPU, seconds);
    limit_to(RLIMIT_NOFILE, descriptors);
    limit_to(RLIMIT_CORE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // As root without a namespace of users, which would hide files from it; otherwise in one, where the system allows it.
    if (unshare(CLONE_NEWNET) != 0) (void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
}
