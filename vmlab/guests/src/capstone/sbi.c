#include "sbi.h"
#include "console.h"
#include "gstage.h"
#include "timer.h"

enum extension {
    LEGACY_SET_TIMER = 0,
    LEGACY_PUT = 1,
    LEGACY_GET = 2,
    LEGACY_SHUTDOWN = 8,
    BASE = 0x10,
    TIME = 0x54494d45, /* the letters */
    DBCN = 0x4442434e,
    SRST = 0x53525354,
};
enum base { SPEC_VERSION, IMPLEMENTATION, IMPLEMENTATION_VERSION, PROBE, VENDOR, ARCH, MACHINE };
enum { DBCN_WRITE, DBCN_READ, DBCN_PUT };
enum { SUCCESS = 0, NOT_SUPPORTED = -2, INVALID_PARAM = -3 };
#define SBI_2_0 (2ul << 24)

struct result {
    long error, value;
};

static int is_known(u64 extension) {
    return extension <= LEGACY_GET || extension == LEGACY_SHUTDOWN || extension == BASE ||
           extension == TIME || extension == DBCN || extension == SRST;
}

static struct result base(u64 function, u64 extension) {
    switch (function) {
    case SPEC_VERSION:
        return (struct result){SUCCESS, SBI_2_0};
    case PROBE:
        return (struct result){SUCCESS, is_known(extension)};
    case IMPLEMENTATION:
    case IMPLEMENTATION_VERSION:
    case VENDOR:
    case ARCH:
    case MACHINE:
        return (struct result){SUCCESS, 0};
    default:
        return (struct result){NOT_SUPPORTED, 0};
    }
}

/* The bytes stand at a guest-physical address: only the guest's own RAM is ever looked at, and so
 * much of it at most that no call keeps the hart for long. SBI allows an answer of fewer bytes. */
static struct result move(struct vm *vm, u64 function, u64 gpa, u64 length) {
    u64 done = 0;
    for (; done < length && done < PAGE_BYTES; done++) {
        u8 *byte = gstage_byte(vm, gpa + done);
        if (!byte)
            return (struct result){INVALID_PARAM, 0};
        if (function == DBCN_WRITE) {
            console_put(*byte);
        } else {
            int typed = console_get();
            if (typed < 0)
                break;
            *byte = (u8)typed;
        }
    }
    return (struct result){SUCCESS, (long)done};
}

static struct result debug_console(struct vm *vm, u64 function) {
    const u64 *x = vm->world.x; /* length, low and high half of the address; or a byte */
    if (function == DBCN_PUT) {
        console_put((u8)x[A0]);
        return (struct result){SUCCESS, 0};
    }
    if (function > DBCN_PUT)
        return (struct result){NOT_SUPPORTED, 0};
    if (x[A2])
        return (struct result){INVALID_PARAM, 0};
    return move(vm, function, x[A1], x[A0]);
}

/* The calls of SBI 0.1 answer in a0 alone. */
static long legacy(struct vm *vm, u64 extension, u64 argument) {
    switch (extension) {
    case LEGACY_SET_TIMER:
        timer_set(argument);
        return SUCCESS;
    case LEGACY_PUT:
        console_put((u8)argument);
        return SUCCESS;
    case LEGACY_GET:
        return console_get();
    case LEGACY_SHUTDOWN:
        vm->is_off = 1;
        return SUCCESS;
    default:
        return NOT_SUPPORTED;
    }
}

void sbi_call(struct vm *vm) {
    u64 *x = vm->world.x, extension = x[A7], function = x[A6];
    struct result result = {NOT_SUPPORTED, 0};
    switch (extension) {
    case BASE:
        result = base(function, x[A0]);
        break;
    case TIME:
        if (function == 0) {
            timer_set(x[A0]);
            result.error = SUCCESS;
        }
        break;
    case DBCN:
        result = debug_console(vm, function);
        break;
    case SRST: /* a0: shut down or restart, which we have not; a1: 0 without a failure */
        if (function == 0 && x[A0] == 0) {
            vm->is_off = 1;
            vm->status = x[A1];
        }
        break;
    default:
        if (extension < BASE) {
            x[A0] = (u64)legacy(vm, extension, x[A0]);
            return;
        }
    }
    x[A0] = (u64)result.error;
    x[A1] = (u64)result.value;
}
