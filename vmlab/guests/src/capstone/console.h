/* The host's UART: all that is printed and typed goes through it. */
#pragma once
#include "riscv.h"

void console_put(u8 byte);
int console_has(void); /* 1 if something was typed */
int console_get(void); /* a byte that was typed, or -1 */
void console_text(const char *text);
void console_number(u64 number);
