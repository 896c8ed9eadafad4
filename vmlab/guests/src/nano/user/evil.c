/* evil: everything that a program must not be able to do. Each attack is refused, or is not. */
#include "user.h"

#define TRY(text) ({ register long a0 asm("a0") = 0; asm volatile(text : "+r"(a0)::"memory"); a0; })
#define AT(address, text)                                                                          \
    ({                                                                                             \
        register u64 a0 asm("a0") = address;                                                       \
        asm volatile(text : "+r"(a0)::"ra", "memory");                                             \
        (long)a0;                                                                                  \
    })

static long allowed;

static void attack(const char *what, long result) {
    int refused = result == -1 || (result >= CAUGHT && result < CAUGHT + 64);
    allowed += !refused;
    say("evil: %s: %s%s%s\n", what, refused ? "refused" : "ALLOWED", result == -1 ? "" : ", ",
        result == -1 ? "" : cause_name(result));
}

long main_evil(const char *argument) {
    char name[] = "a program that is not there";
    long status, child = fork();
    (void)argument;
    if (!child)
        exit(0);
    catch(1);
    attack("read the kernel", AT(KERNEL, "ld a0, 0(a0)"));
    attack("write the kernel", AT(KERNEL, "sd zero, 0(a0)"));
    attack("jump into the kernel", AT(KERNEL, "jalr a0"));
    attack("read the firmware", AT(0x80000000, "ld a0, 0(a0)"));
    attack("write a device", AT(0xd0000000, "sb zero, 0(a0)"));
    attack("read address 0", AT(0, "ld a0, 0(a0)"));
    attack("write its own text", AT(USER_BASE, "sd zero, 0(a0)"));
    attack("execute its stack", AT((u64)name, "jalr a0"));
    attack("read the upper half", AT(~0ul << 38, "ld a0, 0(a0)"));
    attack("a translation of its own", TRY("csrw satp, zero"));
    attack("interrupts off", TRY("csrci sstatus, 2"));
    attack("another trap handler", TRY("csrw stvec, zero"));
    attack("return as the kernel", TRY(".option push; .option norvc; sret; .option pop"));
    attack("a call of the firmware's: shutdown", AT(8, "mv a7, a0; li a7, 0x53525354; ecall"));
    attack("print the kernel", write((char *)KERNEL, 16));
    attack("read input into the kernel", read((char *)KERNEL, 1));
    attack("load a sector into the kernel", blk_read(0, (u8 *)KERNEL));
    attack("a child's status into the kernel", wait((long *)KERNEL));
    allowed += wait(&status) != child; /* it is still there */
    attack("the kernel as a command", exec((char *)KERNEL));
    attack("a program that is not there", exec(name));
    attack("a call that is not there", call(SYSTEM_CALLS, 0, 0));
    attack("the hart for ever", call(SYS_BENCH, BENCH_CSR, ~0ul));
    attack("more memory than there is", (long)mmap(~0ul - PAGE));
    attack("unmap the kernel", munmap((u8 *)KERNEL));
    attack("unmap its text", munmap((u8 *)USER_BASE));
    say("evil: %ld allowed\n", allowed);
    return allowed;
}
