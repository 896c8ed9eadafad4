/* Address spaces: which areas a process has, and the page tables that are filled in as it goes.
 *
 * A process's own part is the first GiB, root[0]. A page is mapped when it is touched: a page of
 * zeros, or one of the image. Pages that two spaces hold, and the image's, are mapped without W;
 * the store that wants to write one is given a copy. nano sets A and D itself, with the right that
 * they stand for, and does not mind a hart that does so too.
 */
#include "kernel.h"

#define TABLE_BYTES (512 * PAGE) /* what one table of level 0 maps */

int space_make(struct space *space, u64 asid) {
    memset(space, 0, sizeof *space);
    space->asid = asid;
    space->root = page_zeroed();
    if (space->root)
        root_make(space->root);
    return space->root != 0;
}

static void drop_table(pte_t *table, int level) {
    for (int i = 0; i < 512; i++) {
        pte_t pte = pte_get(&table[i]);
        if (pte_is_table(pte))
            drop_table(va_of(pte_frame(pte)), level - 1);
        else if (pte & PTE_V)
            page_drop(va_of(pte_frame(pte)));
    }
    page_drop(table);
}

void space_clear(struct space *space) {
    pte_t own = pte_get(&space->root[0]);
    pte_set(&space->root[0], 0);
    fence_space(space->asid); /* nothing may know these pages when they get another use */
    if (own)
        drop_table(va_of(pte_frame(own)), 1);
    memset(space->areas, 0, sizeof space->areas);
}

void space_free(struct space *space) {
    space_clear(space);
    root_drop(space->root);
    page_drop(space->root);
    space->root = 0;
}

static struct area *area_at(struct space *space, u64 va) {
    for (struct area *area = space->areas; area < &space->areas[AREAS]; area++)
        if (area->rights && va >= area->start && va < area->end)
            return area;
    return 0;
}

int area_add(struct space *space, u64 start, u64 end, u64 rights, char *image) {
    for (struct area *area = space->areas; area < &space->areas[AREAS]; area++)
        if (!area->rights) {
            *area = (struct area){start, end, rights, image};
            return 1;
        }
    return 0;
}

/* The entry of level 0 for an address, or 0 if there is no table for it; or no memory for one. */
pte_t *leaf_slot(struct space *space, u64 va, int make) {
    pte_t *table = space->root;
    for (int level = 2; level > 0; level--) {
        pte_t *slot = &table[pte_index(va, level)];
        pte_t pte = pte_get(slot);
        if (!(pte & PTE_V)) {
            void *page = make ? page_zeroed() : 0;
            if (!page)
                return 0;
            pte = pte_make(frame_of(page), 0);
            pte_set(slot, pte);
        }
        table = va_of(pte_frame(pte));
    }
    return &table[pte_index(va, 0)];
}

/* Each entry that maps a page between two addresses, skipping what has no table. */
static pte_t *next_leaf(struct space *space, u64 *va, u64 end) {
    for (; *va < end; *va += PAGE) {
        pte_t *slot = leaf_slot(space, *va, 0);
        if (!slot)
            *va = (*va & ~(TABLE_BYTES - 1)) + TABLE_BYTES - PAGE;
        else if (pte_get(slot) & PTE_V)
            return slot;
    }
    return 0;
}

void space_unmap(struct space *space, u64 va, u64 end) {
    for (pte_t *slot; (slot = next_leaf(space, &va, end)); va += PAGE) {
        void *page = va_of(pte_frame(pte_get(slot)));
        pte_set(slot, 0);
        page_drop(page);
    }
    fence_space(space->asid);
}

/* All of `from` in `to`: the same pages, which neither may write any more. */
int space_copy(struct space *to, struct space *from) {
    memcpy(to->areas, from->areas, sizeof to->areas);
    for (struct area *area = from->areas; area < &from->areas[AREAS]; area++) {
        u64 va = area->start;
        for (pte_t *slot; area->rights && (slot = next_leaf(from, &va, area->end)); va += PAGE) {
            pte_t *other = leaf_slot(to, va, 1), pte = pte_get(slot);
            if (!other)
                return 0;
            if (pte & PTE_W)
                pte_set(slot, pte &= ~(pte_t)(PTE_W | PTE_D));
            page_share(va_of(pte_frame(pte)));
            pte_set(other, pte);
        }
    }
    fence_space(from->asid);
    return 1;
}

/* A page for a store: the one that is there if nobody else holds it, else a copy. */
static void *own_page(void *page) {
    if (page_holders(page) == 1)
        return page;
    void *copy = page_new();
    if (copy) {
        memcpy(copy, page, PAGE);
        page_drop(page);
    }
    return copy;
}

/* An access that wants `right` (PTE_R, PTE_W or PTE_X) can not be done. 1 if it may be tried again:
 * the page was missing, or shared, or the hart wants A or D to be set. */
int page_fault(struct space *space, u64 va, u64 right) {
    struct area *area = area_at(space, va);
    if (!area || !(area->rights & right))
        return 0;
    va &= ~(PAGE - 1);
    pte_t *slot = leaf_slot(space, va, 1);
    if (!slot)
        return 0;
    pte_t pte = pte_get(slot);
    void *page;
    u64 flags = PTE_U | PTE_A | (area->rights & (PTE_R | PTE_X));
    if (pte & PTE_V)
        page = va_of(pte_frame(pte)), flags |= pte & (PTE_W | PTE_D);
    else if (area->image)
        page = area->image + (va - area->start);
    else
        page = page_zeroed(), flags |= area->rights & PTE_W;
    if (right == PTE_W) {
        page = page ? own_page(page) : 0;
        flags |= PTE_W | PTE_D;
    }
    if (!page)
        return 0;
    pte_set(slot, pte_make(frame_of(page), flags));
    fence_user_page(va, space->asid);
    return 1;
}

u8 *user_bytes(struct space *space, u64 va, u64 right) {
    u64 flags = PTE_V | PTE_U | right | (right == PTE_W ? PTE_D : 0);
    for (int tries = 0; tries < 2; tries++) {
        pte_t *slot = area_at(space, va) ? leaf_slot(space, va, 0) : 0;
        pte_t pte = slot ? pte_get(slot) : 0;
        if ((pte & flags) == flags)
            return (u8 *)va_of(pte_frame(pte)) + va % PAGE;
        if (!page_fault(space, va, right))
            break;
    }
    return 0;
}

int copy_out(struct space *space, u64 va, const void *from, u64 length) {
    for (const u8 *bytes = from; length; length--) {
        u8 *to = user_bytes(space, va++, PTE_W);
        if (!to)
            return 0;
        *to = *bytes++;
    }
    return 1;
}
