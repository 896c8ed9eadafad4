/* Console and power by SBI: the debug console where the firmware has one (SBI 2.0), which takes a
 * whole line in one call, else the calls of SBI 0.1, a byte each. */
#include "platform.h"

static int has_debug_console;
static u8 typed;

void platform_start(void) {
    has_debug_console = sbi(SBI_BASE, SBI_BASE_PROBE, SBI_DBCN, 0, 0).value != 0;
}

void console_put(const u8 *bytes, u64 length) {
    if (!has_debug_console) {
        while (length--)
            sbi(SBI_OLD_PUTCHAR, 0, *bytes++, 0, 0);
        return;
    }
    while (length) { /* the firmware may take less than it was given */
        struct sbi_answer done = sbi(SBI_DBCN, SBI_DBCN_WRITE, length, (u64)bytes, 0);
        if (done.error || done.value > length)
            return;
        bytes += done.value;
        length -= done.value;
    }
}

int console_get(void) {
    if (!has_debug_console)
        return (int)sbi(SBI_OLD_GETCHAR, 0, 0, 0, 0).error;
    struct sbi_answer done = sbi(SBI_DBCN, SBI_DBCN_READ, 1, (u64)&typed, 0);
    return done.error || !done.value ? -1 : typed;
}

void power_off(int failed) {
    sbi(SBI_SRST, 0, SBI_SRST_SHUTDOWN, failed ? SBI_SRST_SYSTEM_FAILURE : SBI_SRST_NO_REASON, 0);
    sbi(SBI_OLD_SHUTDOWN, 0, 0, 0, 0);
    for (;;)
        idle();
}
