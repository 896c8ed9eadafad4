/* cow: after fork both processes have the same pages, until one of them writes. */
#include "user.h"

static volatile long in_data = 1;
static volatile long in_bss;

long main_cow(const char *argument) {
    volatile long on_stack = 3, status = 0;
    volatile long *mapped = (volatile long *)mmap(PAGE);
    (void)argument;
    *mapped = 4;
    in_bss = 2;
    long child = fork();
    if (child < 0)
        return 1;
    if (!child) {
        int inherited = in_data == 1 && in_bss == 2 && on_stack == 3 && *mapped == 4;
        in_data = in_bss = on_stack = *mapped = 9;
        exit(inherited && in_data + in_bss + on_stack + *mapped == 36 ? 0 : 2);
    }
    wait_for(child, (long *)&status);
    say("cow: the child wrote 9 9 9 9, the parent has %ld %ld %ld %ld\n", in_data, in_bss, on_stack,
        *mapped);
    return status ? status : in_data == 1 && in_bss == 2 && on_stack == 3 && *mapped == 4 ? 0 : 3;
}
