#pragma once

#include <sys/types.h>

/// What to start. Every pointer is borrowed for the call.
struct cprocess_program {
    /// Absolute path of the executable: no search in PATH.
    const char *path;
    /// Ends with NULL.
    char *const *arguments;
    /// `NAME=VALUE`, ends with NULL.
    char *const *environment;
    /// Working directory; NULL keeps the caller's.
    const char *directory;
    /// What becomes descriptors 0, 1 and 2. Every other descriptor is closed in the child.
    int standard_input, standard_output, standard_error;
};

struct cprocess_child {
    pid_t pid;
    /// Becomes readable when the child has ended. Close it.
    int pidfd;
};

/// Starts a program in a process group of its own (group id = process id), with default signal
/// dispositions and an empty signal mask. The kernel kills it with SIGKILL when the *thread* that
/// called this function ends, thus call it from one that lives as long as the process.
///
/// Returns 0 once the program has been exec'd, otherwise the errno of what failed; then no process is left.
int cprocess_spawn(const struct cprocess_program *program, struct cprocess_child *child);

/// Takes the status of an ended child. Exactly one of `code` and `signal` is set, the other is -1.
/// Returns 0 or errno (EAGAIN: it still runs).
int cprocess_reap(pid_t pid, int *code, int *signal);

/// Whether orphans become children of this process: it is process 1 of its namespace, or a child subreaper (prctl(2)).
int cprocess_adopts_orphans(void);

/// A child, ours or adopted, that has ended and that nobody has waited for yet; 0: none.
pid_t cprocess_ended_child(void);

/// No descriptor made here is 0, 1 or 2, even where those are closed.
///
/// A pipe, close-on-exec, whose reading end (`pipe[0]`) does not block. Returns 0 or errno.
int cprocess_pipe(int pipe[2]);

/// An eventfd, close-on-exec and non-blocking; -1 and errno on failure.
int cprocess_eventfd(void);

/// /dev/null for reading, close-on-exec; -1 and errno on failure.
int cprocess_null(void);

/// Raises the soft limit of open descriptors (RLIMIT_NOFILE) to the hard one, to 2^20 at most. Children get the one that
/// was there before. Returns the limit now in force, 2^20 at most; -1 where it cannot be read.
long cprocess_raise_descriptor_limit(void);

/// Limits this process and what it starts, before it reads what nobody vouches for: bytes of address space, seconds of processor time, open
/// descriptors, no core file; no privileges by exec; a network of its own without any interface, where the system allows that to this user.
/// Call it before there is a second thread.
void cprocess_confine(unsigned long long memory, unsigned long long seconds, unsigned long long descriptors);
