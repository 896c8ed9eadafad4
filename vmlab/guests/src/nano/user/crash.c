/* crash: ends by a fault. It is not the machine that ends. */
#include "user.h"

long main_crash(const char *argument) {
    (void)argument;
    return *(volatile long *)0;
}
