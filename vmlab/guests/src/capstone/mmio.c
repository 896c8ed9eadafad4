#include "mmio.h"
#include "console.h"

/* A load or store, as its encoding says (unprivileged manual, 2.6; the short forms: 28.3.2). */
struct access {
    u32 instruction, is_store, is_signed, size, reg;
};

enum { LOAD = 0x03, STORE = 0x23, UNSIGNED = 4 };

static void decode(struct access *access, u32 instruction) {
    u32 opcode = instruction & 0x7f, width = instruction >> 12 & 7;
    if (opcode == LOAD || opcode == STORE) {
        access->is_store = opcode == STORE;
        access->is_signed = !(width & UNSIGNED);
        access->size = 1u << (width & 3);
        access->reg = instruction >> (access->is_store ? 20 : 7) & 31;
    } else if (!(instruction & 3) && instruction >> 13 & 2) { /* c.lw, c.ld, c.sw, c.sd */
        access->is_store = instruction >> 15 & 1;
        access->is_signed = 1;
        access->size = instruction >> 13 & 1 ? 8 : 4;
        access->reg = 8 + (instruction >> 2 & 7);
    } /* else nothing that a driver would use: size stays 0, and no device takes it */
}

/* htinst may tell the instruction: as if it were a long one, with bit 1 for its real length. Where
 * it is 0 the instruction is fetched, as the guest would fetch it. */
static struct access access_of(struct vm *vm, u64 inst) {
    struct access access = {.instruction = inst & 1 ? (u32)inst : guest_instruction(vm)};
    decode(&access, inst & 1 ? (u32)inst | 2 : access.instruction);
    return access;
}

/* The 16550 as far as a polling driver sees it. The other registers only remember. */
enum { RBR = 0, THR = 0, IIR = 2, LSR = 5, MSR = 6, REGISTERS = 8 };
enum { IIR_NONE = 0x01, LSR_DR = 0x01, LSR_EMPTY = 0x60 };

static u8 uart_load(struct vm *vm, u64 offset) {
    switch (offset) {
    case RBR: {
        int byte = console_get();
        return byte < 0 ? 0 : (u8)byte;
    }
    case LSR:
        return console_has() ? LSR_EMPTY | LSR_DR : LSR_EMPTY;
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

static u64 extended(u64 value, const struct access *access) {
    u32 unused = 64 - 8 * access->size;
    return access->is_signed ? (u64)((long)(value << unused) >> unused) : value;
}

enum reason mmio(struct vm *vm, const struct exit *why) {
    struct access access = access_of(vm, why->inst);
    u64 *x = vm->world.x, value = 0; /* what an empty slot for a device answers */
    if (!access.instruction) {       /* its tables changed: let the hart see that for itself */
        asm volatile("hfence.vvma" ::: "memory");
        return AGAIN;
    }
    u64 offset = why->gpa - GUEST_UART;
    int is_uart = offset < REGISTERS && access.size == 1;
    int is_slot = why->gpa - GUEST_SLOTS < GUEST_SLOTS_BYTES && access.size;
    if (!is_uart && !is_slot)
        return INJECTED;
    skip(vm, access.instruction);
    if (access.is_store) {
        if (is_uart)
            uart_store(vm, offset, (u8)x[access.reg]);
        return MMIO_STORE;
    }
    if (is_uart)
        value = uart_load(vm, offset);
    if (access.reg)
        x[access.reg] = extended(value, &access);
    return MMIO_LOAD;
}
