#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast of -1 to a function, which Swift does not import. Without an address nothing is empty, but NULL.

static inline int hector_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text == 0 ? "" : text, length, SQLITE_TRANSIENT);
}

static inline int hector_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return sqlite3_bind_blob(statement, index, bytes == 0 ? "" : bytes, length, SQLITE_TRANSIENT);
}

// sqlite3_config takes any number of arguments, which Swift does not import.
static inline int hector_sqlite3_leave_memory_uncounted(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
