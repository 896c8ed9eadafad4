/* tick: waits for the clock. The hart has nothing else to do meanwhile. */
#include "user.h"

enum { TICKS = 2 };

long main_tick(const char *argument) {
    u64 times = number(argument, 3), last = now();
    for (u64 i = 1; i <= times; i++) {
        sleep(TICKS);
        u64 time = now();
        if (time <= last)
            return 1;
        last = time;
        say("tick %lu\n", i);
    }
    return 0;
}
