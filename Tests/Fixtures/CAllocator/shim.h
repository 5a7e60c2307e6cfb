// What the C library tells about the memory that it has given out (mallinfo2, glibc 2.33 and later).
#include <malloc.h>
