/* The pages of memory behind the kernel's image, and how many hold each.
 *
 * A page that was never used is above `unused`; a page that came back is in a list, whose links are
 * in the free pages themselves. So starting costs nothing, however much memory there is.
 */
#include "kernel.h"

struct link {
    struct link *next;
};

static u8 *first, *unused, *end;
static u16 *holders; /* of each page from `first` on, once it was used */
static struct link *list;
static u64 free_pages;

void pages_start(u64 ram_bytes) {
    u64 begin = ((u64)kernel_end + PAGE - 1) & ~(PAGE - 1);
    u64 pages = (RAM_BASE + ram_bytes - begin) / PAGE;
    if (RAM_BASE + ram_bytes < begin + 64 * PAGE)
        panic("expected room for 64 pages behind the kernel, found memory up to 0x%lx",
              RAM_BASE + ram_bytes);
    holders = (u16 *)begin;
    u64 used = (pages * sizeof *holders + PAGE - 1) / PAGE;
    first = unused = (u8 *)begin + used * PAGE;
    free_pages = pages - used;
    end = first + free_pages * PAGE;
}

static u16 *holders_of(const void *page) {
    u8 *at = (u8 *)page; /* the image's own pages belong to nobody, and stay */
    return at >= first && at < end ? &holders[(at - first) / PAGE] : 0;
}

void *page_new(void) {
    u8 *page = (u8 *)list;
    if (page)
        list = list->next;
    else if (unused < end)
        page = unused, unused += PAGE;
    else
        return 0;
    *holders_of(page) = 1;
    free_pages--;
    return page;
}

void *page_zeroed(void) {
    void *page = page_new();
    return page ? memset(page, 0, PAGE) : 0;
}

void page_share(void *page) {
    u16 *count = holders_of(page);
    if (count)
        ++*count;
}

void page_drop(void *page) {
    u16 *count = holders_of(page);
    if (!count)
        return;
    if (!*count)
        panic("the page at 0x%lx is dropped, and nobody holds it", (u64)page);
    if (--*count)
        return;
    struct link *link = page;
    link->next = list;
    list = link;
    free_pages++;
}

u64 page_holders(const void *page) {
    u16 *count = holders_of(page);
    return count ? *count : 2; /* the image's: never one's own */
}

u64 pages_free(void) { return free_pages; }
