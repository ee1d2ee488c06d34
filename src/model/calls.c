/* calls.c: the shared file: a header, slots, buckets. All words other processes touch are atomic. */
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

enum { SLOTS = MODEL_SLOTS, BUCKETS = 16384, PROBES = 64, LAYOUT = 2 };

#define MAGIC 0x62686d6f64656c31ull /* "bhmodel1" */
#define MINUTE_US 60000000LL

/* GCRA: the time at which the bucket is full again ("theoretical arrival time"). */
struct bucket {
	_Atomic uint64_t high, low; /* the tenant's id; both 0: free */
	_Atomic int64_t full_us;    /* steady clock */
};

struct shared {
	uint64_t magic;
	uint32_t layout;
	uint32_t slot_bytes;
	char boot[64]; /* the kernel's boot id: the steady clock's origin */
	struct model_slot slots[SLOTS];
	struct bucket buckets[BUCKETS];
};

struct model_calls {
	struct shared *shared; /* owned: the mapping */
	_Atomic uint32_t hint; /* where the last free slot was found */
	uint64_t owner;
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
	char boot[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, boot, sizeof(boot) - 1);

	if (fd >= 0)
		close(fd);
	if (len > 0 && strncmp(shared->boot, boot, sizeof(boot)) == 0)
		return;
	memset(shared->buckets, 0, sizeof(shared->buckets));
	memcpy(shared->boot, boot, sizeof(boot));
}

/* A free slot has no owner, or a sweeper could take the one who is just taking it for its last, dead one.
 * A file of an earlier version may hold such slots. */
static void
disown_free_slots(struct shared *shared)
{
	for (size_t i = 0; i < SLOTS; i++) {
		uint32_t expected = MODEL_SLOT_FREE;

		if (atomic_compare_exchange_strong(&shared->slots[i].state, &expected, MODEL_SLOT_FILLING))
			model_calls_free(&shared->slots[i]);
	}
}

/* Process ids have at most 22 bits on Linux; 42 bits of clock ticks last a thousand years. */
static uint64_t
owner_of(uint32_t pid)
{
	return (uint64_t)pid << 42 | (process_started(pid) & ((1ull << 42) - 1));
}

static int
map_file(int fd, struct shared **out)
{
	struct stat st;
	struct shared *shared;

	if (fstat(fd, &st) < 0)
		return bh_error(BH_E_IO, "stat: %m");
	if (st.st_size != (off_t)sizeof(*shared)) {
		if (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)sizeof(*shared)) < 0)
			return bh_error(BH_E_IO, "ftruncate: %m");
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return bh_error(BH_E_IO, "mmap: %m");
	if (shared->magic != MAGIC || shared->layout != LAYOUT ||
		shared->slot_bytes != sizeof(struct model_slot)) {
		memset(shared, 0, sizeof(*shared));
		shared->layout = LAYOUT;
		shared->slot_bytes = sizeof(struct model_slot);
		shared->magic = MAGIC;
	}
	boot_check(shared);
	disown_free_slots(shared);
	*out = shared;
	return 0;
}

int
model_calls_open(const char *path, struct model_calls **out)
{
	struct model_calls *calls;
	int fd;
	int rc;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return bh_error(BH_E_IO, "open %s: %m", path);
	calls = calloc(1, sizeof(*calls));
	if (calls == NULL) {
		close(fd);
		return BH_E_MEMORY;
	}
	/* Two processes starting at once must not both lay it out. */
	if (flock(fd, LOCK_EX) < 0)
		rc = bh_error(BH_E_IO, "flock %s: %m", path);
	else
		rc = map_file(fd, &calls->shared);
	(void)flock(fd, LOCK_UN); /* the mapping keeps the file, and with it the lock, after close */
	close(fd);
	if (rc < 0) {
		free(calls);
		return rc;
	}
	calls->owner = owner_of((uint32_t)getpid());
	*out = calls;
	return 0;
}

void
model_calls_close(struct model_calls *calls)
{
	if (calls == NULL)
		return;
	munmap(calls->shared, sizeof(*calls->shared));
	free(calls);
}

int
model_calls_take(struct model_calls *calls, struct model_slot **out)
{
	uint32_t start = atomic_load_explicit(&calls->hint, memory_order_relaxed);

	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &calls->shared->slots[(start + i) % SLOTS];
		uint32_t expected = MODEL_SLOT_FREE;

		if (atomic_load_explicit(&slot->state, memory_order_relaxed) != MODEL_SLOT_FREE)
			continue;
		if (!atomic_compare_exchange_strong(&slot->state, &expected, MODEL_SLOT_FILLING))
			continue;
		memset((char *)slot + sizeof(slot->state), 0, sizeof(*slot) - sizeof(slot->state));
		atomic_store(&slot->owner, calls->owner);
		atomic_store_explicit(&calls->hint, (start + i + 1) % SLOTS, memory_order_relaxed);
		*out = slot;
		return 0;
	}
	return bh_error(BH_E_BUSY, "more than %d model calls at once on this machine", SLOTS);
}

void
model_calls_free(struct model_slot *slot)
{
	atomic_store(&slot->owner, 0);
	atomic_store(&slot->state, MODEL_SLOT_FREE);
}

struct model_slot *
model_calls_next(struct model_calls *calls, size_t *at)
{
	while (*at < SLOTS) {
		struct model_slot *slot = &calls->shared->slots[(*at)++];

		if (atomic_load(&slot->state) != MODEL_SLOT_FREE)
			return slot;
	}
	return NULL;
}

bool
model_calls_adopt(struct model_calls *calls, struct model_slot *slot)
{
	uint64_t owner = atomic_load(&slot->owner);

	if (owner == calls->owner || owner_of((uint32_t)(owner >> 42)) == owner)
		return false;
	return atomic_compare_exchange_strong(&slot->owner, &owner, calls->owner);
}

static struct bucket *
bucket_find(struct model_calls *calls, const struct bh_uuid *tenant, int64_t now_us)
{
	uint64_t high, low;
	size_t start;

	memcpy(&high, tenant->bytes, 8);
	memcpy(&low, tenant->bytes + 8, 8);
	start = (size_t)((high ^ (low * 0x9e3779b97f4a7c15ull)) >> 16) % BUCKETS;
	for (size_t i = 0; i < PROBES; i++) {
		struct bucket *bucket = &calls->shared->buckets[(start + i) % BUCKETS];
		uint64_t seen = atomic_load(&bucket->high);
		uint64_t expected = 0;

		if (seen == high && atomic_load(&bucket->low) == low)
			return bucket;
		if (seen != 0)
			continue;
		if (atomic_compare_exchange_strong(&bucket->high, &expected, high)) {
			atomic_store(&bucket->full_us, now_us);
			atomic_store(&bucket->low, low);
			return bucket;
		}
		if (expected == high && atomic_load(&bucket->low) == low)
			return bucket;
	}
	/* A crowded neighbourhood: share the first one, which is stricter, never laxer. */
	return &calls->shared->buckets[start];
}

/* Microseconds that `tokens` take to flow back. */
static int64_t
refill_us(int64_t tokens, int64_t per_minute)
{
	return (int64_t)((__int128)tokens * MINUTE_US / per_minute);
}

/* A full bucket's time lies in the past; it counts from now. */
static int64_t
sane_us(int64_t full_us, int64_t now_us)
{
	if (full_us < now_us)
		return now_us;
	return full_us;
}

int64_t
model_bucket_take(struct model_calls *calls, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us, int64_t *out_charged)
{
	struct bucket *bucket = bucket_find(calls, tenant, now_us);
	int64_t charged = tokens < per_minute ? tokens : per_minute;
	int64_t cost_us = refill_us(charged, per_minute);
	int64_t seen = atomic_load(&bucket->full_us);

	for (;;) {
		int64_t full = sane_us(seen, now_us) + cost_us;

		if (full - now_us > MINUTE_US)
			return full - now_us - MINUTE_US;
		if (atomic_compare_exchange_weak(&bucket->full_us, &seen, full)) {
			*out_charged = charged;
			return 0;
		}
	}
}

void
model_bucket_adjust(struct model_calls *calls, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us)
{
	struct bucket *bucket;
	int64_t change_us;

	if (per_minute <= 0 || tokens == 0)
		return;
	bucket = bucket_find(calls, tenant, now_us);
	change_us = refill_us(tokens, per_minute);
	atomic_fetch_add(&bucket->full_us, change_us);
}

int64_t
model_bucket_left(struct model_calls *calls, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t now_us)
{
	struct bucket *bucket = bucket_find(calls, tenant, now_us);
	int64_t owed_us = sane_us(atomic_load(&bucket->full_us), now_us) - now_us;
	int64_t left_us = MINUTE_US - owed_us;

	if (left_us <= 0)
		return 0;
	return (int64_t)((__int128)left_us * per_minute / MINUTE_US);
}
