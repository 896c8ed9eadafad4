#include "mmio.h"
#include "console.h"

/* The 16550 as far as a polling driver sees it. The other registers only remember. */
enum { RBR = 0, THR = 0, IIR = 2, LSR = 5, MSR = 6, REGISTERS = 8 };
enum { IIR_NONE = 0x01, LSR_DR = 0x01, LSR_EMPTY = 0x60 };

static u8 uart_load(struct vm *vm, u64 offset) {
    static int typed = -1; /* a byte that LSR has told of and RBR has not given yet */
    switch (offset) {
    case RBR: {
        int byte = typed < 0 ? console_get() : typed;
        typed = -1;
        return byte < 0 ? 0 : (u8)byte;
    }
    case LSR:
        if (typed < 0)
            typed = console_get();
        return typed < 0 ? LSR_EMPTY : LSR_EMPTY | LSR_DR;
    case IIR:
        return IIR_NONE;
    case MSR:
        return 0;
    default:
        return vm->uart[offset];
    }
}

static void uart_store(struct vm *vm, u64 offset, u8 value) {
    if (offset == THR)
        console_put(value);
    else
        vm->uart[offset] = value;
}

/* A load or store of one byte, as its encoding says (unprivileged manual, 2.6). */
struct access {
    u32 instruction, store, sign, reg;
};

enum { OPCODE_LOAD = 0x03, OPCODE_STORE = 0x23 };

/* htinst may tell the instruction, transformed: bit 1 is its length then. Else it is fetched. */
static int decode(struct vm *vm, const struct exit *why, struct access *access) {
    u32 instruction = why->inst & 1 ? (u32)why->inst | 2 : guest_instruction(vm);
    u32 opcode = instruction & 0x7f, width = instruction >> 12 & 3;
    access->instruction = why->inst & 1 ? (u32)why->inst : instruction;
    access->store = opcode == OPCODE_STORE;
    access->sign = !(instruction >> 14 & 1);
    access->reg = instruction >> (access->store ? 20 : 7) & 31;
    return (opcode == OPCODE_LOAD || access->store) && width == 0;
}

enum reason mmio(struct vm *vm, const struct exit *why) {
    struct access access;
    u64 offset = why->gpa - GUEST_UART;
    u64 *x = vm->world.x;
    int is_byte = decode(vm, why, &access);
    if (!access.instruction) { /* its tables changed: let the hart see that for itself */
        asm volatile("hfence.vvma" ::: "memory");
        return AGAIN;
    }
    if (!is_byte || offset >= REGISTERS)
        return INJECTED;
    skip(vm, access.instruction);
    if (access.store) {
        uart_store(vm, offset, (u8)x[access.reg]);
        return MMIO_STORE;
    }
    u8 value = uart_load(vm, offset);
    if (access.reg)
        x[access.reg] = access.sign ? (u64)(signed char)value : value;
    return MMIO_LOAD;
}
