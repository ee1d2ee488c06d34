/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c: slots of the shared file, which holds a header, the buckets (bucket.c) and the slots. All words
 * other processes touch are atomic, or under a bucket set's lock. */
#include "model/calls.h"

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

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/bucket.h"

enum { LAYOUT = 5, AGAIN = 1 };

#define MAGIC 0x62686d6f64656c31ull /* "bhmodel1" */

/* Up to `used` every layout begins so. */
struct shared {
	uint64_t magic;
	uint32_t layout;
	uint32_t slot_bytes;
	uint64_t slots;       /* how many */
	_Atomic int64_t used; /* with an owner; a little off after a kill, until a process starts */
	_Atomic uint64_t looks, quarantined;
	char boot[56]; /* the kernel's boot id: the steady clock's origin */
	_Atomic uint64_t dropped;
	struct model_buckets buckets;
	struct model_slot slot[];
};

struct model_calls {
	struct shared *shared; /* owned: the mapping */
	size_t bytes;          /* of it */
	_Atomic uint32_t hint; /* where the last free slot was found */
	struct model_calls_as as;
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

/* A file that outlived a reboot holds times of another steady clock: all buckets start full. */
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
	memset(&shared->buckets, 0, sizeof(shared->buckets));
	memcpy(shared->boot, boot, sizeof(boot));
}

static void
count_used(struct shared *shared)
{
	int64_t used = 0;

	for (size_t i = 0; i < shared->slots; i++)
		used += atomic_load(&shared->slot[i].owner) != 0;
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
is_laid_out(const struct shared *shared, size_t slots)
{
	return shared->magic == MAGIC && shared->layout == LAYOUT &&
		shared->slot_bytes == sizeof(struct model_slot) && shared->slots == slots;
}

/* Calls of a killed process in a file of another layout can be settled only by a program of that layout:
 * the file is kept beside, as is the mapping of whoever still has it. */
static int
put_aside(const char *path, const struct shared *head)
{
	char aside[4096 + 8];

	snprintf(aside, sizeof(aside), "%s.old", path);
	if (rename(path, aside) < 0)
		return bh_error(BH_E_IO, "rename %s: %m", path);
	bh_log(head->used == 0 ? BH_LOG_INFO : BH_LOG_WARN,
		"model calls: %s has a different layout and was renamed to %s; its %lld calls have no "
		"usage row, and their reservations will be charged after an hour",
		path, aside, (long long)head->used);
	return 0;
}

/* AGAIN: the file was put aside, and another is to be opened. */
static int
map_file(int fd, const char *path, size_t slots, struct model_calls *calls)
{
	size_t bytes = sizeof(struct shared) + slots * sizeof(struct model_slot);
	struct shared head = {0}, *shared;
	ssize_t len = pread(fd, &head, offsetof(struct shared, looks), 0);
	struct stat st;
	int rc;

	if (len < 0 || fstat(fd, &st) < 0)
		return bh_error(BH_E_IO, "read %s: %m", path);
	if (head.magic != 0 && (!is_laid_out(&head, slots) || st.st_size != (off_t)bytes)) {
		rc = put_aside(path, &head);
		return rc < 0 ? rc : AGAIN;
	}
	if (ftruncate(fd, (off_t)bytes) < 0)
		return bh_error(BH_E_IO, "ftruncate: %m");
	shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return bh_error(BH_E_IO, "mmap: %m");
	if (head.magic == 0) {
		memset(shared, 0, bytes);
		shared->layout = LAYOUT;
		shared->slot_bytes = sizeof(struct model_slot);
		shared->slots = slots;
		shared->magic = MAGIC;
	}
	boot_check(shared);
	count_used(shared);
	calls->shared = shared;
	calls->bytes = bytes;
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
open_file(const char *path, size_t slots, struct model_calls *calls)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return bh_error(BH_E_IO, "open %s: %m", path);
	/* Two processes starting at once must not both lay it out. */
	if (flock(fd, LOCK_EX) < 0)
		rc = bh_error(BH_E_IO, "flock %s: %m", path);
	else
		rc = is_named(fd, path) ? map_file(fd, path, slots, calls) : AGAIN;
	(void)flock(fd, LOCK_UN); /* the mapping keeps the file, and with it the lock, after close */
	close(fd);
	return rc;
}

int
model_calls_open_as(const char *path, const struct model_calls_as *as, struct model_calls **out)
{
	struct model_calls *calls;
	int rc;

	BH_ASSERT(as->owner != 0 && as->slots > 0 && as->slots <= MODEL_SLOTS);
	calls = calloc(1, sizeof(*calls));
	if (calls == NULL)
		return BH_E_MEMORY;
	do {
		rc = open_file(path, as->slots, calls);
	} while (rc == AGAIN);
	if (rc < 0) {
		free(calls);
		return rc;
	}
	calls->as = *as;
	*out = calls;
	return 0;
}

int
model_calls_open(const char *path, struct model_calls **out)
{
	const struct model_calls_as as = {owner_of((uint32_t)getpid()), is_alive, MODEL_SLOTS};

	return model_calls_open_as(path, &as, out);
}

void
model_calls_close(struct model_calls *calls)
{
	if (calls == NULL)
		return;
	munmap(calls->shared, calls->bytes);
	free(calls);
}

/* Whether the tenant has as many slots as are free. It is not looked at while half of them are: then
 * nobody can. */
static bool
is_crowded(const struct shared *shared, const struct bh_uuid *tenant)
{
	int64_t slots = (int64_t)shared->slots;
	int64_t used = 0, own = 0;

	if (atomic_load_explicit(&shared->used, memory_order_relaxed) < slots / 2)
		return false;
	for (size_t i = 0; i < shared->slots; i++) {
		const struct model_slot *slot = &shared->slot[i];

		if (atomic_load_explicit(&slot->owner, memory_order_relaxed) == 0)
			continue;
		used++;
		own += bh_uuid_equal(&slot->tenant, tenant);
	}
	return own >= slots - used;
}

int
model_calls_take(struct model_calls *calls, const struct bh_uuid *tenant, struct model_slot **out)
{
	uint32_t start = atomic_load_explicit(&calls->hint, memory_order_relaxed);
	struct shared *shared = calls->shared;
	uint32_t slots = (uint32_t)shared->slots;

	if (is_crowded(shared, tenant))
		return bh_error(BH_E_BUSY,
			"The tenant has too many concurrent model calls on this machine.");
	for (uint32_t i = 0; i < slots; i++) {
		struct model_slot *slot = &shared->slot[(start + i) % slots];
		uint64_t nobody = 0;

		if (atomic_load_explicit(&slot->owner, memory_order_relaxed) != 0 ||
			!atomic_compare_exchange_strong(&slot->owner, &nobody, calls->as.owner))
			continue;
		/* A process that is killed from here on has its name in it. */
		atomic_store(&slot->state, MODEL_SLOT_FREE);
		memset(&slot->tenant, 0, sizeof(*slot) - offsetof(struct model_slot, tenant));
		slot->tenant = *tenant;
		atomic_store(&slot->state, MODEL_SLOT_FILLING);
		atomic_fetch_add_explicit(&shared->used, 1, memory_order_relaxed);
		atomic_store_explicit(&calls->hint, (start + i + 1) % slots, memory_order_relaxed);
		*out = slot;
		return 0;
	}
	return bh_error(BH_E_BUSY, "There are more than %u concurrent model calls on this machine.",
		slots);
}

void
model_calls_free(struct model_calls *calls, struct model_slot *slot)
{
	atomic_store(&slot->state, MODEL_SLOT_FREE);
	atomic_fetch_sub_explicit(&calls->shared->used, 1, memory_order_relaxed);
	atomic_store(&slot->owner, 0);
}

void
model_calls_look(struct model_calls *calls)
{
	atomic_fetch_add(&calls->shared->looks, 1);
}

uint64_t
model_calls_looks(const struct model_calls *calls)
{
	return atomic_load(&calls->shared->looks);
}

void
model_calls_quarantine(struct model_calls *calls)
{
	atomic_fetch_add(&calls->shared->quarantined, 1);
}

uint64_t
model_calls_quarantined(const struct model_calls *calls)
{
	return atomic_load(&calls->shared->quarantined);
}

void
model_calls_drop(struct model_calls *calls, int64_t rows)
{
	atomic_fetch_add(&calls->shared->dropped, (uint64_t)rows);
}

uint64_t
model_calls_dropped(const struct model_calls *calls)
{
	return atomic_load(&calls->shared->dropped);
}

int64_t
model_calls_used(const struct model_calls *calls)
{
	return atomic_load_explicit(&calls->shared->used, memory_order_relaxed);
}

bool
model_calls_own(const struct model_calls *calls, const struct model_slot *slot)
{
	return atomic_load(&slot->owner) == calls->as.owner;
}

struct model_slot *
model_calls_next(struct model_calls *calls, size_t *at)
{
	while (*at < calls->shared->slots) {
		struct model_slot *slot = &calls->shared->slot[(*at)++];

		if (atomic_load(&slot->owner) != 0)
			return slot;
	}
	return NULL;
}

bool
model_calls_adopt(struct model_calls *calls, struct model_slot *slot)
{
	uint64_t owner = atomic_load(&slot->owner);

	if (owner == 0 || owner == calls->as.owner || calls->as.is_alive(owner))
		return false;
	return atomic_compare_exchange_strong(&slot->owner, &owner, calls->as.owner);
}

int64_t
model_bucket_take(struct model_calls *calls, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us, int64_t *out_charged)
{
	return model_buckets_take(&calls->shared->buckets, tenant, per_minute, tokens, now_us,
		out_charged);
}

void
model_bucket_adjust(struct model_calls *calls, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us)
{
	model_buckets_adjust(&calls->shared->buckets, tenant, per_minute, tokens, now_us);
}

int64_t
model_bucket_left(struct model_calls *calls, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t now_us)
{
	return model_buckets_left(&calls->shared->buckets, tenant, per_minute, now_us);
}
