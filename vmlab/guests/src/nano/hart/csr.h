/* CSRs of S, for platforms that let the kernel have some, and for the probes that try. */
#pragma once

#define csr_read(name) ({ u64 v_; asm volatile("csrr %0, " #name : "=r"(v_)); v_; })
#define csr_write(name, v) asm volatile("csrw " #name ", %0" ::"r"(v) : "memory")
#define csr_set(name, v) asm volatile("csrs " #name ", %0" ::"r"(v) : "memory")
#define csr_clear(name, v) asm volatile("csrc " #name ", %0" ::"r"(v) : "memory")
#define SSTATUS_SIE (1ul << 1)
#define SSTATUS_SPP (1ul << 8)
#define SIE_SOFTWARE (1ul << 1)
#define SIE_TIMER (1ul << 5)
#define SATP_SV39 (8ul << 60)
#define SATP_ASID_SHIFT 44
