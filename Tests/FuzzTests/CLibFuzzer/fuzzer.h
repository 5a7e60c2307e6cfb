#include <stddef.h>
#include <stdint.h>

/// libFuzzer as a library: `-sanitize=fuzzer` links it. Returns when it has run for as long as its arguments say.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));
