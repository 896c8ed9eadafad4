/* selfsum: the kernel adds up its own text. Who patches a kernel in place is seen by this. */
#include "user.h"

long main_selfsum(const char *argument) {
    (void)argument;
    u64 first = (u64)call(SYS_SELFSUM, 0, 0), second = (u64)call(SYS_SELFSUM, 0, 0);
    say("selfsum: 0x%lx, %s\n", first, first == second ? "twice" : "and then something else");
    return first != second;
}
