/* The program of both tasks. It stores its number and the round in its pages and finds them again
 * after the other task's turn: an address means a page of one's own.
 *
 * Nothing of it is on the stack but what C wants; `number` comes in a0 from the kernel.
 */
#include "calls.h"

typedef unsigned long u64;

volatile unsigned long long rounds = 1; /* vmlab bench writes it into the image */

static u64 call(u64 what, u64 first, u64 second) {
    register u64 a0 asm("a0") = first;
    register u64 a1 asm("a1") = second;
    register u64 a7 asm("a7") = what;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static volatile u64 *page(u64 number) { return (volatile u64 *)(LAZY + number * 4096); }

/* A round. 0 for a right result, else the number of the check that failed. */
static u64 one_round(u64 task, u64 round) {
    u64 mark = task << 32 | round << 8;
    for (u64 i = 0; i < NOTHING_CALLS; i++)
        if (call(CALL_NOTHING, mark, i) != mark + i)
            return 1;
    for (u64 i = 0; i < LAZY_PAGES; i++)
        if (*page(i)) /* a load page fault */
            return 2;
    for (u64 i = 0; i < LAZY_PAGES; i++)
        *page(i) = mark + i; /* a store page fault */
    for (u64 i = 0; i < PROTECTED; i++)
        call(CALL_PROTECT, i, 0);
    for (u64 i = 0; i < TURNS; i++) {
        call(CALL_TURN, 0, 0);
        if (*page(i + PROTECTED) != mark + i + PROTECTED)
            return 3;
    }
    for (u64 i = 0; i < PROTECTED; i++) {
        if (*page(i) != mark + i)
            return 4;
        *page(i) = mark; /* a store page fault again: this page was protected */
        if (*page(i) != mark)
            return 5;
    }
    return call(CALL_DROP, 0, 0) == LAZY_PAGES ? 0 : 6;
}

/* First in the program, where the kernel starts it. */
void __attribute__((section(".text.user_start"), noreturn)) user_start(u64 task) {
    u64 left = rounds, wrong = 0;
    while (left && !wrong)
        wrong = one_round(task, left--);
    call(CALL_EXIT, wrong, rounds);
    for (;;)
        ;
}
