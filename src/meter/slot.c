/* SPDX-License-Identifier: Apache-2.0 */
/* slot.c: the shared file: a header, the service's extra area, and the slots. All words of a slot that other
 * processes touch are atomic. */
#include "meter/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

enum { LAYOUT = 1, AGAIN = 1, ALIGNED = 64 };

#define MAGIC 0x62686d6574657231ull /* "bhmeter1" */

/* Up to `used` every layout begins so. */
struct shared {
	uint64_t magic;
	uint32_t layout;
	uint32_t slot_bytes;
	uint64_t slots;       /* how many */
	_Atomic int64_t used; /* with an owner; a little off after a kill, until a process starts */
	uint64_t extra_bytes; /* of the area behind this head; the slots follow it */
	_Atomic uint64_t looks, quarantined;
	char boot[56]; /* the kernel's boot id: the steady clock's origin */
	_Atomic uint64_t dropped;
};

static size_t
aligned(size_t bytes)
{
	return (bytes + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static void *
extra_of(struct shared *shared)
{
	return (char *)shared + aligned(sizeof(*shared));
}

static struct meter_slot *
slot_of(struct shared *shared, size_t at)
{
	return (struct meter_slot *)((char *)extra_of(shared) + aligned(shared->extra_bytes)) + at;
}

struct meter_slots {
	struct shared *shared; /* owned: the mapping */
	size_t bytes;          /* of it */
	_Atomic uint32_t hint; /* where the last free slot was found */
	struct meter_slots_as as;
};

/* Field 22 of /proc/PID/stat; 0 when there is no such process. */
static uint64_t
process_started(uint32_t pid)
{
	char path[64];
	char text[1024];
	unsigned long long started = 0;
	char *at;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	at = strrchr(text, ')'); /* the name may hold blanks and brackets */
	for (int field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL || sscanf(at, " %llu", &started) != 1)
		return 0;
	return started;
}

/* A file that outlived a reboot holds times of another steady clock: the extra area begins anew. */
static void
boot_check(struct shared *shared)
{
	char boot[sizeof(shared->boot)] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, boot, sizeof(boot) - 1);

	if (fd >= 0)
		close(fd);
	if (len > 0 && strncmp(shared->boot, boot, sizeof(boot)) == 0)
		return;
	memset(extra_of(shared), 0, shared->extra_bytes);
	memcpy(shared->boot, boot, sizeof(boot));
}

static void
count_used(struct shared *shared)
{
	int64_t used = 0;

	for (size_t i = 0; i < shared->slots; i++)
		used += atomic_load(&slot_of(shared, i)->owner) != 0;
	atomic_store(&shared->used, used);
}

/* Process ids have at most 22 bits on Linux; 42 bits of clock ticks last a thousand years. */
static uint64_t
owner_of(uint32_t pid)
{
	return (uint64_t)pid << 42 | (process_started(pid) & ((1ull << 42) - 1));
}

static bool
is_alive(uint64_t owner)
{
	return owner_of((uint32_t)(owner >> 42)) == owner;
}

static bool
is_laid_out(const struct shared *shared, const struct meter_slots_as *as)
{
	return shared->magic == MAGIC && shared->layout == LAYOUT &&
		shared->slot_bytes == sizeof(struct meter_slot) && shared->slots == as->slots &&
		shared->extra_bytes == as->extra_bytes;
}

/* Acts of a killed process in a file of another layout can be settled only by a program of that layout:
 * the file is kept beside, as is the mapping of whoever still has it. */
static int
put_aside(const char *path, const struct shared *head)
{
	char aside[4096 + 8];

	snprintf(aside, sizeof(aside), "%s.old", path);
	if (rename(path, aside) < 0)
		return bh_error(BH_E_IO, "rename %s: %m", path);
	bh_log(head->used == 0 ? BH_LOG_INFO : BH_LOG_WARN,
		"calls in flight: %s has a different layout and was renamed to %s; its %lld calls have no "
		"usage row, and their reservations will be charged after an hour",
		path, aside, (long long)head->used);
	return 0;
}

/* AGAIN: the file was put aside, and another is to be opened. */
static int
map_file(int fd, const char *path, struct meter_slots *slots)
{
	const struct meter_slots_as *as = &slots->as;
	size_t bytes = aligned(sizeof(struct shared)) + aligned(as->extra_bytes) +
		as->slots * sizeof(struct meter_slot);
	struct shared head = {0}, *shared;
	ssize_t len = pread(fd, &head, offsetof(struct shared, looks), 0);
	struct stat st;
	int rc;

	if (len < 0 || fstat(fd, &st) < 0)
		return bh_error(BH_E_IO, "read %s: %m", path);
	if (head.magic != 0 && (!is_laid_out(&head, as) || st.st_size != (off_t)bytes)) {
		rc = put_aside(path, &head);
		return rc < 0 ? rc : AGAIN;
	}
	if (ftruncate(fd, (off_t)bytes) < 0)
		return bh_error(BH_E_IO, "ftruncate: %m");
	/* A page that the disk has no room for is a signal when it is touched; here it is an error. */
	rc = posix_fallocate(fd, 0, (off_t)bytes);
	if (rc != 0 && rc != EOPNOTSUPP && rc != EINVAL)
		return bh_error(BH_E_IO, "%s: no room for %zu bytes: %s", path, bytes, strerror(rc));
	shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return bh_error(BH_E_IO, "mmap: %m");
	if (head.magic == 0) {
		memset(shared, 0, bytes);
		shared->layout = LAYOUT;
		shared->slot_bytes = sizeof(struct meter_slot);
		shared->slots = as->slots;
		shared->extra_bytes = as->extra_bytes;
		shared->magic = MAGIC;
	}
	boot_check(shared);
	count_used(shared);
	slots->shared = shared;
	slots->bytes = bytes;
	return 0;
}

/* Whether the path still names the file. */
static bool
is_named(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
		here.st_ino == there.st_ino;
}

/* AGAIN: another process put the file aside, or we did. */
static int
open_file(const char *path, struct meter_slots *slots)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return bh_error(BH_E_IO, "open %s: %m", path);
	/* Two processes starting at once must not both lay it out. */
	if (flock(fd, LOCK_EX) < 0)
		rc = bh_error(BH_E_IO, "flock %s: %m", path);
	else
		rc = is_named(fd, path) ? map_file(fd, path, slots) : AGAIN;
	(void)flock(fd, LOCK_UN); /* the mapping keeps the file, and with it the lock, after close */
	close(fd);
	return rc;
}

int
meter_slots_open_as(const char *path, const struct meter_slots_as *as, struct meter_slots **out)
{
	struct meter_slots *slots;
	int rc;

	BH_ASSERT(as->owner != 0 && as->slots > 0 && as->slots <= METER_SLOTS);
	slots = calloc(1, sizeof(*slots));
	if (slots == NULL)
		return BH_E_MEMORY;
	slots->as = *as;
	do {
		rc = open_file(path, slots);
	} while (rc == AGAIN);
	if (rc < 0) {
		free(slots);
		return rc;
	}
	*out = slots;
	return 0;
}

int
meter_slots_open(const char *path, size_t extra_bytes, struct meter_slots **out)
{
	const struct meter_slots_as as = {owner_of((uint32_t)getpid()), is_alive, METER_SLOTS,
		extra_bytes};

	return meter_slots_open_as(path, &as, out);
}

void
meter_slots_close(struct meter_slots *slots)
{
	if (slots == NULL)
		return;
	munmap(slots->shared, slots->bytes);
	free(slots);
}

/* Whether the tenant has as many slots as are free. It is not looked at while half of them are: then
 * nobody can. */
static bool
is_crowded(struct shared *shared, const struct bh_uuid *tenant)
{
	int64_t slots = (int64_t)shared->slots;
	int64_t used = 0, own = 0;

	if (atomic_load_explicit(&shared->used, memory_order_relaxed) < slots / 2)
		return false;
	for (size_t i = 0; i < shared->slots; i++) {
		const struct meter_slot *slot = slot_of(shared, i);

		if (atomic_load_explicit(&slot->owner, memory_order_relaxed) == 0)
			continue;
		used++;
		own += bh_uuid_equal(&slot->tenant, tenant);
	}
	return own >= slots - used;
}

int
meter_slots_take(struct meter_slots *slots, const struct bh_uuid *tenant, struct meter_slot **out)
{
	uint32_t start = atomic_load_explicit(&slots->hint, memory_order_relaxed);
	struct shared *shared = slots->shared;
	uint32_t n = (uint32_t)shared->slots;

	if (is_crowded(shared, tenant))
		return bh_error(BH_E_BUSY, "The tenant has too many concurrent calls on this machine.");
	for (uint32_t i = 0; i < n; i++) {
		struct meter_slot *slot = slot_of(shared, (start + i) % n);
		uint64_t nobody = 0;

		if (atomic_load_explicit(&slot->owner, memory_order_relaxed) != 0 ||
			!atomic_compare_exchange_strong(&slot->owner, &nobody, slots->as.owner))
			continue;
		/* A process that is killed from here on has its name in it. */
		atomic_store(&slot->state, METER_SLOT_FREE);
		memset(&slot->tenant, 0, sizeof(*slot) - offsetof(struct meter_slot, tenant));
		slot->tenant = *tenant;
		atomic_store(&slot->state, METER_SLOT_FILLING);
		atomic_fetch_add_explicit(&shared->used, 1, memory_order_relaxed);
		atomic_store_explicit(&slots->hint, (start + i + 1) % n, memory_order_relaxed);
		*out = slot;
		return 0;
	}
	return bh_error(BH_E_BUSY, "There are more than %u concurrent calls on this machine.", n);
}

void
meter_slots_free(struct meter_slots *slots, struct meter_slot *slot)
{
	atomic_store(&slot->state, METER_SLOT_FREE);
	atomic_fetch_sub_explicit(&slots->shared->used, 1, memory_order_relaxed);
	atomic_store(&slot->owner, 0);
}

void
meter_slots_look(struct meter_slots *slots)
{
	atomic_fetch_add(&slots->shared->looks, 1);
}

uint64_t
meter_slots_looks(const struct meter_slots *slots)
{
	return atomic_load(&slots->shared->looks);
}

void
meter_slots_quarantine(struct meter_slots *slots)
{
	atomic_fetch_add(&slots->shared->quarantined, 1);
}

uint64_t
meter_slots_quarantined(const struct meter_slots *slots)
{
	return atomic_load(&slots->shared->quarantined);
}

void
meter_slots_drop(struct meter_slots *slots, int64_t rows)
{
	atomic_fetch_add(&slots->shared->dropped, (uint64_t)rows);
}

uint64_t
meter_slots_dropped(const struct meter_slots *slots)
{
	return atomic_load(&slots->shared->dropped);
}

int64_t
meter_slots_used(const struct meter_slots *slots)
{
	return atomic_load_explicit(&slots->shared->used, memory_order_relaxed);
}

bool
meter_slots_own(const struct meter_slots *slots, const struct meter_slot *slot)
{
	return atomic_load(&slot->owner) == slots->as.owner;
}

struct meter_slot *
meter_slots_next(struct meter_slots *slots, size_t *at)
{
	while (*at < slots->shared->slots) {
		struct meter_slot *slot = slot_of(slots->shared, (*at)++);

		if (atomic_load(&slot->owner) != 0)
			return slot;
	}
	return NULL;
}

bool
meter_slots_adopt(struct meter_slots *slots, struct meter_slot *slot)
{
	uint64_t owner = atomic_load(&slot->owner);

	if (owner == 0 || owner == slots->as.owner || slots->as.is_alive(owner))
		return false;
	return atomic_compare_exchange_strong(&slot->owner, &owner, slots->as.owner);
}

void *
meter_slots_extra(struct meter_slots *slots)
{
	return extra_of(slots->shared);
}
