/* The kernel under a benchmark: the other guests', which tells Spike that it has ended. */
#define END_AT_TOHOST_TOO
#include "../runtime/kernel.c"
