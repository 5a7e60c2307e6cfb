// Tells ThreadSanitizer of two kinds of hand-over that it misses on Linux, because they happen inside Swift's own libraries:
//
// - a Mutex that somebody else holds: who waits gets it from the kernel, in libswiftSynchronization;
// - a continuation that is resumed before its task has come to wait: libswift_Concurrency tells of the others only.
//
// What is defined in a program comes before a library's function of the same name, wherever it is called from. The functions here
// do as the library's and say what happens. They are called as Swift 6 calls them on Linux: sanitizer-check fails where that changes.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdatomic.h>
#include <stdint.h>

#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1l) // glibc shows it to _GNU_SOURCE only.
#endif

// ThreadSanitizer is told what happens here, and does not look on.
#pragma clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

/// Calls the library's own FUNCTION, known to the linker as SYMBOL.
#define LIBRARYS(FUNCTION, SYMBOL, ...)                                                                          \
    do {                                                                                                         \
        static _Atomic(__typeof__(&FUNCTION)) found;                                                             \
        __typeof__(&FUNCTION) function = atomic_load_explicit(&found, memory_order_relaxed);                     \
        if (!function) {                                                                                         \
            function = (__typeof__(function))dlsym(RTLD_NEXT, SYMBOL);                                           \
            atomic_store_explicit(&found, function, memory_order_relaxed);                                       \
        }                                                                                                        \
        function(__VA_ARGS__);                                                                                   \
    } while (0)

// MARK: Mutex. Where nobody has to wait it is an atomic exchange in our own code, which ThreadSanitizer sees, at the same address.

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void mutexLockSlow(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void mutexUnlockSlow(SELF void *mutex) __asm__(UNLOCK);

SWIFT void mutexLockSlow(uint32_t thread, SELF void *mutex) {
    LIBRARYS(mutexLockSlow, LOCK, thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void mutexUnlockSlow(SELF void *mutex) {
    __tsan_release(mutex);
    LIBRARYS(mutexUnlockSlow, UNLOCK, mutex);
}

// MARK: continuations. The task that waits is what both sides know. The first thing that it does when it goes on, in a debug build,
// is to free what it waited in.

SWIFT void *swift_task_getCurrent(void);

SWIFT void swift_task_dealloc(void *memory) {
    LIBRARYS(swift_task_dealloc, "swift_task_dealloc", memory);
    __tsan_acquire(swift_task_getCurrent());
}

SWIFT void swift_continuation_resume(void *task) {
    __tsan_release(task);
    LIBRARYS(swift_continuation_resume, "swift_continuation_resume", task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
    __tsan_release(task);
    LIBRARYS(swift_continuation_throwingResume, "swift_continuation_throwingResume", task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
    __tsan_release(task);
    LIBRARYS(swift_continuation_throwingResumeWithError, "swift_continuation_throwingResumeWithError", task, error);
}

/// The one property of a CheckedContinuation: an object that holds the task until it is resumed.
struct Canary {
    void *header[2];
    void *task;
};

#define RETURN "$sScC6resume9returningyxn_tF"
#define THROW "$sScC6resume8throwingyq_n_tF"

SWIFT void checkedReturn(void *value, void *type, SELF struct Canary **continuation) __asm__(RETURN);
SWIFT void checkedThrow(void *error, void *type, SELF struct Canary **continuation) __asm__(THROW);

SWIFT void checkedReturn(void *value, void *type, SELF struct Canary **continuation) {
    __tsan_release((*continuation)->task);
    LIBRARYS(checkedReturn, RETURN, value, type, continuation);
}

SWIFT void checkedThrow(void *error, void *type, SELF struct Canary **continuation) {
    __tsan_release((*continuation)->task);
    LIBRARYS(checkedThrow, THROW, error, type, continuation);
}

#pragma clang attribute pop
#endif
#endif
