#include "exits.h"
#include "console.h"
#include "gstage.h"
#include "mmio.h"
#include "power.h"
#include "sbi.h"
#include "timer.h"

u64 exit_counts[2 * INTERRUPTS];
u64 exit_reasons[REASONS];
static const char *const names[REASONS] = {
    "fill", "mmio load", "mmio store", "sbi", "idle", "timer", "injected", "again",
};

void exits_print(void) {
    console_text("capstone: exits:");
    for (int reason = 0; reason < REASONS; reason++) {
        console_text(reason ? ", " : " ");
        console_number(exit_reasons[reason]);
        console_put(' ');
        console_text(names[reason]);
    }
    console_put('\n');
}

/* What a trap to S would write, written into the CSRs that VS sees as S's. */
void inject(struct vm *vm, u64 cause, u64 tval) {
    struct world *world = &vm->world;
    u64 handler = csr_read(vstvec) & ~3ul;
    if (world->sepc == handler) /* its handler cannot begin: nothing would ever change again */
        give_up("the guest's trap handler traps at once, cause", cause);
    csr_write(vsepc, world->sepc);
    csr_write(vscause, cause);
    csr_write(vstval, tval);
    u64 status = csr_read(vsstatus), cleared = MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE;
    csr_write(vsstatus, (status & ~cleared) | (world->sstatus & MSTATUS_SPP) |
                            (status & MSTATUS_SIE ? MSTATUS_SPIE : 0));
    world->sepc = handler;
    world->sstatus |= MSTATUS_SPP; /* go on in VS */
}

long guest_parcel(u64 gva); /* world.S */

u32 guest_instruction(struct vm *vm) {
    long low = guest_parcel(vm->world.sepc);
    if (low < 0 || (low & 3) != 3)
        return low < 0 ? 0 : (u32)low;
    long high = guest_parcel(vm->world.sepc + 2);
    return high < 0 ? 0 : (u32)(high << 16 | low);
}

void skip(struct vm *vm, u32 instruction) { vm->world.sepc += (instruction & 3) == 3 ? 4 : 2; }

/* htinst is neither 0 nor an instruction: the guest's own walk wanted an entry of its tables. */
static int is_of_a_walk(const struct exit *why) { return why->inst && !(why->inst & 1); }

/* The guest touched a page that its G-stage does not map. */
static enum reason page_missing(struct vm *vm, const struct exit *why) {
    if (gstage_fill(vm, why->gpa))
        return FILL;
    if (why->cause != INSTRUCTION_GUEST_PAGE_FAULT && !is_of_a_walk(why)) {
        enum reason reason = mmio(vm, why);
        if (reason != INJECTED)
            return reason;
    }
    /* On a board without anything at that address it would be an access fault. */
    u64 fault = why->cause == LOAD_GUEST_PAGE_FAULT    ? LOAD_ACCESS_FAULT
                : why->cause == STORE_GUEST_PAGE_FAULT ? STORE_ACCESS_FAULT
                                                       : INSTRUCTION_ACCESS_FAULT;
    inject(vm, fault, why->tval);
    return INJECTED;
}

/* Something that VS may not do, though S may; or what VU may not. */
static enum reason virtual_instruction(struct vm *vm, const struct exit *why) {
    u32 instruction = why->tval ? (u32)why->tval : guest_instruction(vm);
    if (instruction == WFI && vm->world.sstatus & MSTATUS_SPP) {
        asm volatile("wfi"); /* ends with an interrupt that the guest has enabled, or our timer's */
        skip(vm, instruction);
        return IDLE;
    }
    inject(vm, ILLEGAL_INSTRUCTION, instruction); /* a hart without H knows no other cause */
    return INJECTED;
}

static enum reason handle(struct vm *vm, const struct exit *why) {
    switch (why->cause) {
    case INSTRUCTION_GUEST_PAGE_FAULT:
    case LOAD_GUEST_PAGE_FAULT:
    case STORE_GUEST_PAGE_FAULT:
        return page_missing(vm, why);
    case VIRTUAL_INSTRUCTION:
        return virtual_instruction(vm, why);
    case ECALL_FROM_VS:
        vm->world.sepc += 4; /* ecall has no short form */
        sbi_call(vm);
        return SBI;
    case CAUSE_Interrupt | SUPERVISOR_TIMER:
        timer_rang();
        return TIMER;
    default: /* all else was delegated to the guest */
        give_up("an exit that nothing should cause", why->cause);
    }
}

/* Every trap to HS, with the guest's registers put away. Called by world.S. */
struct vm *exit_handle(struct vm *vm) {
    struct exit why = {csr_read(scause), csr_read(stval), 0, csr_read(htinst)};
    if (!(vm->world.hstatus & HSTATUS_SPV))
        give_up("a trap of the hypervisor's own, cause", why.cause);
    why.gpa = csr_read(htval) << 2 | (why.tval & 3);
    exit_counts[why.cause & CAUSE_Interrupt ? INTERRUPTS + (u8)why.cause : why.cause]++;
    exit_reasons[handle(vm, &why)]++;
    if (vm->is_off)
        power_off(vm->status);
    return vm;
}
