/* The numbers of the RISC-V Supervisor Binary Interface (SBI, version 2.0), for both of its sides:
 * the firmware beside this file, and a kernel that calls it (../nano/native).
 *
 * A call is an `ecall` from S with the extension's number in a7, the function's in a6 and arguments
 * from a0 on; it returns an error in a0 and a value in a1. The old calls (SBI 0.1) have no function
 * number and return all they have to say in a0.
 */
#pragma once

enum sbi_extension {
    SBI_OLD_SET_TIMER = 0,
    SBI_OLD_PUTCHAR = 1,
    SBI_OLD_GETCHAR = 2,
    SBI_OLD_CLEAR_IPI = 3,
    SBI_OLD_SEND_IPI = 4,
    SBI_OLD_FENCE_I = 5,
    SBI_OLD_SFENCE_VMA = 6,
    SBI_OLD_SFENCE_VMA_ASID = 7,
    SBI_OLD_SHUTDOWN = 8,
    SBI_BASE = 0x10,
    SBI_TIME = 0x54494D45,   /* "TIME" */
    SBI_IPI = 0x735049,      /* "sPI" */
    SBI_RFENCE = 0x52464E43, /* "RFNC" */
    SBI_HSM = 0x48534D,      /* "HSM" */
    SBI_SRST = 0x53525354,   /* "SRST" */
    SBI_DBCN = 0x4442434E,   /* "DBCN" */
};

enum sbi_base {
    SBI_BASE_SPEC_VERSION,
    SBI_BASE_IMPL_ID,
    SBI_BASE_IMPL_VERSION,
    SBI_BASE_PROBE,
    SBI_BASE_MVENDORID,
    SBI_BASE_MARCHID,
    SBI_BASE_MIMPID,
};
enum sbi_rfence { SBI_RFENCE_FENCE_I, SBI_RFENCE_SFENCE_VMA, SBI_RFENCE_SFENCE_VMA_ASID };
enum sbi_hsm { SBI_HSM_START, SBI_HSM_STOP, SBI_HSM_STATUS, SBI_HSM_SUSPEND };
enum sbi_dbcn { SBI_DBCN_WRITE, SBI_DBCN_READ, SBI_DBCN_WRITE_BYTE };
enum sbi_srst_type { SBI_SRST_SHUTDOWN, SBI_SRST_COLD_REBOOT, SBI_SRST_WARM_REBOOT };
enum sbi_srst_reason { SBI_SRST_NO_REASON, SBI_SRST_SYSTEM_FAILURE };

enum sbi_error {
    SBI_SUCCESS = 0,
    SBI_ERR_FAILED = -1,
    SBI_ERR_NOT_SUPPORTED = -2,
    SBI_ERR_INVALID_PARAM = -3,
    SBI_ERR_ALREADY_AVAILABLE = -6,
};
