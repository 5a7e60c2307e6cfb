#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

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
    if (pipe2(failure, O_CLOEXEC) != 0) return errno;
    // The child moves its stdio to 0, 1 and 2: keep the pipe clear of them.
    int report = fcntl(failure[1], F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(failure[1]);
    if (report < 0) {
        close(failure[0]);
        return error;
    }

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
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
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

int cprocess_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return error;
}

int cprocess_eventfd(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}
