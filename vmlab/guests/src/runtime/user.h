/* What a user program may ask of the kernel, and nothing more. */
#pragma once

/* Print `length` bytes. Returns 0, or -1 for memory that is not the program's. */
long write(const char *text, unsigned long length);

/* End; 0 means success. Returning from main does the same. */
void exit(int status) __attribute__((noreturn));

int main(void);
