/* A disk behind virtio (version 1.2: 4.2 is the transport, 5.2 the block device), polled.
 *
 * One request at a time, in three descriptors: what to read, where to, and how it went. They are
 * named to the device by physical addresses, which here are the kernel's own.
 */
#include "../kernel.h"
#include "platform.h"

enum { SLOTS = 8, SLOT_BYTES = 0x1000, QUEUE = 4 };
enum { MAGIC = 0x74726976, VERSION = 2, BLOCK_DEVICE = 2 };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };
enum { VERSION_1_HIGH = 1 }; /* feature bit 32 */
enum { NEXT = 1, DEVICE_WRITES = 2 };
enum { REQUEST_IN = 0, REQUEST_OK = 0 };

struct registers { /* 4.2.2 */
    u32 magic, version, device, vendor;
    u32 device_features, device_features_sel, pad1[2];
    u32 driver_features, driver_features_sel, pad2[2];
    u32 queue_sel, queue_num_max, queue_num, pad3[2];
    u32 queue_ready, pad4[2], queue_notify, pad5[3];
    u32 interrupt_status, interrupt_ack, pad6[2], status, pad7[3];
    u32 queue_desc[2], pad8[2], queue_driver[2], pad9[2], queue_device[2];
};

static struct {
    struct {
        u64 address;
        u32 length;
        u16 flags, next;
    } descriptors[QUEUE];
    struct {
        u16 flags, index, ring[QUEUE];
    } available;
    struct {
        u16 flags, index;
        struct {
            u32 id, length;
        } ring[QUEUE];
    } used __attribute__((aligned(4)));
    struct {
        u32 type, reserved;
        u64 sector;
    } request;
    u8 status;
} queue __attribute__((aligned(4096)));

static volatile struct registers *disk;

static void address(volatile u32 *halves, void *of) {
    halves[0] = (u32)(u64)of;
    halves[1] = (u32)((u64)of >> 32);
}

/* Look for a disk and set it up (3.1.1). */
static int start(void) {
    for (u64 slot = 0; slot < SLOTS; slot++) {
        volatile struct registers *found = device(VIRTIO_PA + slot * SLOT_BYTES);
        if (found->magic != MAGIC || found->version != VERSION || found->device != BLOCK_DEVICE)
            continue;
        found->status = 0;
        found->status = ACKNOWLEDGE | DRIVER;
        found->driver_features_sel = 1;
        found->driver_features = VERSION_1_HIGH;
        found->driver_features_sel = 0;
        found->driver_features = 0;
        found->status = ACKNOWLEDGE | DRIVER | FEATURES_OK;
        if (!(found->status & FEATURES_OK))
            continue;
        found->queue_sel = 0;
        found->queue_num = QUEUE;
        address(found->queue_desc, queue.descriptors);
        address(found->queue_driver, &queue.available);
        address(found->queue_device, &queue.used);
        found->queue_ready = 1;
        found->status = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
        disk = found;
        return 1;
    }
    return 0;
}

static void descriptor(int number, void *at, u32 length, u16 flags) {
    queue.descriptors[number].address = (u64)at;
    queue.descriptors[number].length = length;
    queue.descriptors[number].flags = flags;
    queue.descriptors[number].next = (u16)(number + 1);
}

int block_read(u64 sector, u8 *to) {
    if (!disk && !start())
        return -1;
    queue.request.type = REQUEST_IN;
    queue.request.sector = sector;
    queue.status = 0xff;
    descriptor(0, &queue.request, sizeof queue.request, NEXT);
    descriptor(1, to, SECTOR_BYTES, NEXT | DEVICE_WRITES);
    descriptor(2, &queue.status, 1, DEVICE_WRITES);
    u16 index = queue.available.index;
    queue.available.ring[index % QUEUE] = 0;
    asm volatile("fence rw, rw" ::: "memory"); /* the request before its announcement */
    queue.available.index = ++index;
    asm volatile("fence rw, rw" ::: "memory");
    disk->queue_notify = 0;
    while (*(volatile u16 *)&queue.used.index != index)
        ;
    asm volatile("fence rw, rw" ::: "memory");
    return *(volatile u8 *)&queue.status == REQUEST_OK ? 0 : -1;
}
