/* spin: two processes that only compute. Only the timer gives the second one its turn. */
#include "user.h"

static void turn(u64 times) {
    for (volatile u64 i = 0; i < times; i++)
        ;
}

long main_spin(const char *argument) {
    u64 times = number(argument, 200000);
    long status, child = fork();
    if (child < 0)
        return 1;
    if (!child) {
        say("spin: the child begins\n");
        turn(times);
        say("spin: the child is done\n");
        exit(0);
    }
    say("spin: the parent begins\n");
    turn(times);
    say("spin: the parent is done\n");
    wait_for(child, &status);
    return status;
}
