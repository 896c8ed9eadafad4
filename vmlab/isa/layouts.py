"""The layouts of CSRs and page-table entries (privileged manual, chapters 3 and 10)."""

from __future__ import annotations

from typing import Final

from vmlab.isa.layout import layout

MSTATUS: Final = layout("""
SIE 1 S takes interrupts
MIE 3 M takes interrupts
SPIE 5 SIE before the trap to S
MPIE 7 MIE before the trap to M
SPP 8 mode before the trap to S
MPP 12:11 mode before the trap to M
FS 14:13 floating point: 0 off, 1 initial, 2 clean, 3 dirty
MPRV 17 loads and stores act as in MPP
SUM 18 S may access pages of U
MXR 19 loads may read executable pages
TVM 20 trap S's use of satp and sfence.vma
TW 21 trap wfi below M
TSR 22 trap S's sret
UXL 33:32 XLEN of U (2 is 64)
SXL 35:34 XLEN of S (2 is 64)
GVA 38 tval of the trap to M is a guest virtual address
MPV 39 V before the trap to M
SD 63 some register state is dirty
""")

SATP: Final = layout("""
MODE 63:60 translation: 0 Bare, 8 Sv39, 9 Sv48, 10 Sv57
ASID 59:44 address space
PPN 43:0 physical page of the root table
""")

HSTATUS: Final = layout("""
VSBE 5 VS is big-endian (never)
GVA 6 tval of the trap to HS is a guest virtual address
SPV 7 V before the trap to HS
SPVP 8 mode before the trap to HS from V = 1; that of hlv and hsv
HU 9 U may use hlv, hlvx and hsv
VGEIN 17:12 guest external interrupt of VS (none is built)
VTVM 20 trap VS's use of satp and sfence.vma
VTW 21 trap wfi in VS
VTSR 22 trap VS's sret
VSXL 33:32 XLEN of VS (2 is 64)
""")

HGATP: Final = layout("""
MODE 63:60 G-stage: 0 Bare, 8 Sv39x4, 9 Sv48x4, 10 Sv57x4
VMID 57:44 virtual machine
PPN 43:0 physical page of the root table
""")

INTERRUPTS: Final = layout("""
SSI 1 supervisor software
VSSI 2 virtual supervisor software
MSI 3 machine software
STI 5 supervisor timer
VSTI 6 virtual supervisor timer
MTI 7 machine timer
SEI 9 supervisor external
VSEI 10 virtual supervisor external
MEI 11 machine external
SGEI 12 guest external
""")

TVEC: Final = layout("""
BASE 63:2 handler's address >> 2
MODE 1:0 0 direct, 1 vectored
""")

CAUSE: Final = layout("""
Interrupt 63 1 for an interrupt
Code 62:0 cause number
""")

COUNTEREN: Final = layout("""
CY 0 cycle
TM 1 time
IR 2 instret
HPM 31:3 hpmcounter3 to 31
""")

ENVCFG: Final = layout("""
FIOM 0 fences of I/O imply memory
ADUE 61 walks set A and D themselves
STCE 63 stimecmp works
""")

PMPCFG: Final = layout("""
R 0 read
W 1 write
X 2 execute
A 4:3 0 off, 1 top of range, 2 four bytes, 3 power of two
L 7 locked, binds M too
""")

PTE: Final = layout("""
V 0 valid
R 1 read
W 2 write
X 3 execute
U 4 user
G 5 global
A 6 accessed
D 7 dirty
RSW 9:8 for software
PPN 53:10 physical page
RESERVED 63:54 must be zero
""")

MISA: Final = layout("""
A 0 atomics
B 1 bit manipulation
C 2 compressed instructions
D 3 double precision
F 5 single precision
H 7 hypervisor
I 8 base integer
M 12 multiply and divide
S 18 supervisor mode
U 20 user mode
MXL 63:62 XLEN (2 is 64)
""")

_EXCEPTIONS = """
NX 0 inexact
UF 1 underflow
OF 2 overflow
DZ 3 divided by zero
NV 4 invalid operation
"""
FFLAGS: Final = layout(_EXCEPTIONS)

FRM: Final = layout("""
FRM 2:0 0 to nearest even, 1 to zero, 2 down, 3 up, 4 to nearest away
""")

FCSR: Final = layout(f"""{_EXCEPTIONS.rstrip()}
FRM 7:5 0 to nearest even, 1 to zero, 2 down, 3 up, 4 to nearest away
""")

WHOLE: Final = layout("""
VALUE 63:0
""")
