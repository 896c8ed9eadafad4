/* What programs and the kernel agree on: system calls and where a program lives.
 *
 * A call is an `ecall` from U with its number in a7 and arguments from a0 on; the result comes back
 * in a0, and everything else is left alone. -1 means refused.
 */
#pragma once

#define PAGE 4096ul
#define USER_BASE 0x400000ul     /* text and data of all programs */
#define MAP_BASE 0x10000000ul    /* what mmap gives */
#define STACK_TOP 0x40000000ul   /* grows down, a page when it is touched */
#define STACK_BYTES (64 * PAGE)
#define LINE_BYTES 128           /* a command with its argument and the 0 behind it, at most */
#define SECTOR_BYTES 512

#ifndef __ASSEMBLER__
enum system_call {
    SYS_GETPID,   /* () */
    SYS_WRITE,    /* (bytes, length): to the console; how many */
    SYS_READ,     /* (bytes, room): waits for the first one; how many */
    SYS_FORK,     /* (): the child's number, and 0 in the child */
    SYS_EXEC,     /* (line): become the program that its first word names */
    SYS_WAIT,     /* (long *status): for any child's end; its number */
    SYS_EXIT,     /* (status) */
    SYS_YIELD,    /* (): let somebody else go on */
    SYS_SLEEP,    /* (ticks) */
    SYS_MMAP,     /* (bytes): an address; the pages come, as zeros, when they are touched */
    SYS_MUNMAP,   /* (address): all that one mmap gave */
    SYS_BLK_READ, /* (sector, bytes): 512 bytes of the disk */
    SYS_TIME,     /* (): the clock, in ticks of mtime */
    SYS_CATCH,    /* (on): a fault skips its instruction and puts CAUGHT + cause into a0 */
    SYS_SELFSUM,  /* (): the sum of the words of the kernel's text */
    SYS_PROBE,    /* (number): an instruction of S, done by the kernel: see enum probe */
    SYS_MARK,     /* (end): a benchmark begins, or ends */
    SYS_BENCH,    /* (number, times): a benchmark in the kernel: see enum kernel_bench */
    SYSTEM_CALLS
};

#define CAUGHT 0x100l /* no cause of an exception is as large */

/* What the kernel can be asked to try. The last one is a fault that it does not expect. */
enum probe {
    PROBE_SSTATUS, PROBE_SSCRATCH, PROBE_STVEC, PROBE_SATP, PROBE_SIE, PROBE_SEPC, PROBE_SCAUSE,
    PROBE_TIME, PROBE_FENCE, PROBE_WFI, PROBE_MSTATUS, PROBE_MRET, PROBE_NO_MEMORY,
    PROBE_PANIC,
};

enum kernel_bench {
    BENCH_CSR, BENCH_SIE, BENCH_PTE, BENCH_PTE512, BENCH_MMIO_READ, BENCH_MMIO_WRITE, BENCH_IDLE,
};
#endif
