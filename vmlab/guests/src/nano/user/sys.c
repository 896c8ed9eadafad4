/* sys: the shortest way into the kernel and back, again and again. */
#include "user.h"

long main_sys(const char *argument) {
    u64 times = number(argument, 1000);
    long pid = getpid();
    for (u64 i = 0; i < times; i++)
        if (getpid() != pid)
            return 1;
    say("sys: %lu calls, process %ld\n", times, pid);
    return 0;
}
