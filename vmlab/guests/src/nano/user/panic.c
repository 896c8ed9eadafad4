/* panic: makes the kernel itself fault, which must end the machine, and say why. */
#include "user.h"

long main_panic(const char *argument) {
    (void)argument;
    return call(SYS_PROBE, PROBE_PANIC, 0);
}
