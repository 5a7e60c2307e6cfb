#include <zlib.h>

// Function-like macros, which Swift does not import. 31 window bits: 32 KiB, in the gzip format (RFC 1952).

static inline int hector_gzip_begin(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
}

static inline int hector_gunzip_begin(z_stream *stream) {
    return inflateInit2(stream, 31);
}

// A stream without head and tail, as in ZIP archives (RFC 1951).
static inline int hector_inflate_begin(z_stream *stream) {
    return inflateInit2(stream, -15);
}
