#include <malloc.h>
#include <nghttp2/nghttp2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// Memory for one session. nghttp2 asks for the same few sizes with every call, and gives them back: they are kept for
// the next call. Used by one thread at a time, as the session is.

enum {
    HECTOR_POOL_STEP = 32,
    HECTOR_POOL_CLASSES = 16,     // up to 512 bytes; what is larger comes from malloc
    HECTOR_POOL_MAXIMUM = 131072, // bytes kept
    // A session's frame buffer, of which headers and small frames touch one page: mapped, it is not resident beyond that.
    HECTOR_POOL_MAPPED = 16384,
};

typedef struct hector_block {
    size_t capacity;
    struct hector_block *next;
} hector_block;

typedef struct hector_pool {
    size_t kept;
    int is_exhausted;
    hector_block *free[HECTOR_POOL_CLASSES];
} hector_pool;

static inline hector_pool *hector_pool_new(void) {
    return (hector_pool *)calloc(1, sizeof(hector_pool));
}

static inline hector_block *hector_block_new(size_t size) {
    hector_block *block;
    if (size >= HECTOR_POOL_MAPPED) {
        block = (hector_block *)mmap(NULL, sizeof(hector_block) + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return NULL;
    } else {
        block = (hector_block *)malloc(sizeof(hector_block) + size);
        if (!block) return NULL;
    }
    block->capacity = size;
    return block;
}

static inline void hector_block_delete(hector_block *block) {
    if (block->capacity >= HECTOR_POOL_MAPPED) {
        munmap(block, sizeof(hector_block) + block->capacity);
    } else {
        free(block);
    }
}

static inline void hector_pool_drop_kept(hector_pool *pool) {
    for (int i = 0; i < HECTOR_POOL_CLASSES; i++) {
        while (pool->free[i]) {
            hector_block *block = pool->free[i];
            pool->free[i] = block->next;
            hector_block_delete(block);
        }
    }
    pool->kept = 0;
}

static inline void hector_pool_delete(hector_pool *pool) {
    hector_pool_drop_kept(pool);
    free(pool);
}

// From now on there is no more memory, as a system says that has none: for tests.
static inline void hector_pool_exhaust(hector_pool *pool) {
    hector_pool_drop_kept(pool);
    pool->is_exhausted = 1;
}

static inline void *hector_pool_malloc(size_t size, void *user) {
    hector_pool *pool = (hector_pool *)user;
    if (size == 0) return NULL;
    if (size > SIZE_MAX - sizeof(hector_block) - HECTOR_POOL_STEP) return NULL;
    size_t class_ = (size - 1) / HECTOR_POOL_STEP;
    hector_block *block;
    if (class_ < HECTOR_POOL_CLASSES) {
        size = (class_ + 1) * HECTOR_POOL_STEP;
        block = pool->free[class_];
        if (block) {
            pool->free[class_] = block->next;
            pool->kept -= size;
            return block + 1;
        }
    }
    block = pool->is_exhausted ? NULL : hector_block_new(size);
    return block ? block + 1 : NULL;
}

static inline void hector_pool_free(void *bytes, void *user) {
    hector_pool *pool = (hector_pool *)user;
    if (!bytes) return;
    hector_block *block = (hector_block *)bytes - 1;
    size_t class_ = (block->capacity - 1) / HECTOR_POOL_STEP;
    if (class_ >= HECTOR_POOL_CLASSES || pool->kept + block->capacity > HECTOR_POOL_MAXIMUM) {
        hector_block_delete(block);
        return;
    }
    block->next = pool->free[class_];
    pool->free[class_] = block;
    pool->kept += block->capacity;
}

static inline void *hector_pool_calloc(size_t count, size_t size, void *user) {
    if (size && count > SIZE_MAX / size) return NULL;
    void *bytes = hector_pool_malloc(count * size, user);
    if (bytes) memset(bytes, 0, count * size);
    return bytes;
}

static inline void *hector_pool_realloc(void *bytes, size_t size, void *user) {
    if (!bytes) return hector_pool_malloc(size, user);
    hector_block *block = (hector_block *)bytes - 1;
    if (size && size <= block->capacity) return bytes;
    void *moved = hector_pool_malloc(size, user);
    if (!moved && size) return NULL;
    if (moved) memcpy(moved, bytes, block->capacity < size ? block->capacity : size);
    hector_pool_free(bytes, user);
    return moved;
}

static inline nghttp2_mem hector_pool_memory(hector_pool *pool) {
    nghttp2_mem memory = {pool, hector_pool_malloc, hector_pool_free, hector_pool_calloc, hector_pool_realloc};
    return memory;
}

// Memory of messages, for the whole process. glibc maps a large buffer anew each time, or gives it back to the kernel as soon as it
// is free: a megabyte then costs 250 page faults for each copy of it, as much time as its encryption (mallopt(3)).
static inline void hector_keep_message_memory(int longest, int most) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, longest);
    mallopt(M_TRIM_THRESHOLD, most);
#endif
}
