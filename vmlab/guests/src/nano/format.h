/* printf's %s, %c, %d, %u, %x (each but the first two with an l or without), for the kernel and for
 * programs. The whole text goes into a buffer; what is too long is cut. */
#pragma once

typedef __builtin_va_list va_list;

static unsigned long format(char *to, unsigned long room, const char *form, va_list arguments) {
    unsigned long length = 0;
    for (; *form; form++) {
        char digits[24];
        const char *text = digits;
        unsigned long count = 0;
        if (*form != '%') {
            text = form;
            count = 1;
        } else {
            int is_long = *++form == 'l';
            form += is_long;
            if (*form == 's') {
                text = __builtin_va_arg(arguments, const char *);
                while (text[count])
                    count++;
            } else if (*form == 'c') {
                digits[count++] = (char)__builtin_va_arg(arguments, int);
            } else {
                long value = is_long ? __builtin_va_arg(arguments, long)
                                     : __builtin_va_arg(arguments, int);
                unsigned long base = *form == 'x' ? 16 : 10;
                unsigned long rest = (unsigned long)value;
                int minus = *form == 'd' && value < 0;
                if (minus)
                    rest = -rest;
                else if (!is_long && *form != 'd')
                    rest = (unsigned)rest;
                char *at = digits + sizeof digits;
                do
                    *--at = "0123456789abcdef"[rest % base];
                while (rest /= base);
                if (minus)
                    *--at = '-';
                text = at;
                count = (unsigned long)(digits + sizeof digits - at);
            }
        }
        for (unsigned long i = 0; i < count && length < room; i++)
            to[length++] = text[i];
    }
    return length;
}
