/* The tick: an interrupt every 10 ms, so that nobody keeps the hart and sleepers wake up. */
#include "kernel.h"

#define TICK 100000ul /* at the board's 10 MHz */
#define PAUSE_TICKS 100

static u64 next;

void timer_resume(void) {
    next = time_now() + TICK;
    timer_set(next);
}

/* While a benchmark counts, nothing happens but what it does. But not for ever: a program that asks
 * for this may have no end. */
void timer_pause(void) {
    next = time_now() + PAUSE_TICKS * TICK;
    timer_set(next);
}

int tick(void) {
    u64 now = time_now();
    if (now < next) { /* too early: ask again */
        timer_set(next);
        return 0;
    }
    timer_resume();
    wake(READING, now);
    wake(SLEEPING, now);
    return 1;
}

u64 ticks_from_now(u64 ticks) { return time_now() + ticks * TICK; }
