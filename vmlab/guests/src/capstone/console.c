#include "console.h"

#define UART ((volatile u8 *)0x10000000)
enum { RBR = 0, THR = 0, LSR = 5 };
enum { LSR_DR = 0x01, LSR_THRE = 0x20 };

void console_put(u8 byte) {
    while (!(UART[LSR] & LSR_THRE))
        ;
    UART[THR] = byte;
}

int console_has(void) { return UART[LSR] & LSR_DR; }
int console_get(void) { return console_has() ? UART[RBR] : -1; }

void console_text(const char *text) {
    while (*text)
        console_put(*text++);
}

void console_number(u64 number) {
    if (number >= 10)
        console_number(number / 10);
    console_put('0' + number % 10);
}
