/* SPDX-License-Identifier: Apache-2.0 */
/* seen.c: open addressing over pairs of hash and line. */
#include "finetune/seen.h"

#include <pthread.h>
#include <stdlib.h>

struct entry {
	uint64_t hash;
	int64_t line; /* 0: free */
};

struct finetune_seen {
	struct entry *entries; /* owned */
	size_t size;           /* a power of two, at least twice the number of entries */
	size_t count, most;
};

enum { SIZE_FIRST = 256 };

static struct entry *
take(size_t size)
{
	struct entry *entries = calloc(size, sizeof(*entries));

	/* As everywhere, a machine without memory for what is bounded beforehand cannot go on. */
	if (entries == NULL)
		abort();
	return entries;
}

struct finetune_seen *
finetune_seen_new(size_t most)
{
	struct finetune_seen *seen = calloc(1, sizeof(*seen));

	if (seen == NULL)
		abort();
	seen->entries = take(SIZE_FIRST);
	seen->size = SIZE_FIRST;
	seen->most = most;
	return seen;
}

void
finetune_seen_free(struct finetune_seen *seen)
{
	if (seen == NULL)
		return;
	free(seen->entries);
	free(seen);
}

static struct entry *
place(const struct entry *entries, size_t size, uint64_t hash)
{
	size_t at = (size_t)hash & (size - 1);

	while (entries[at].line != 0 && entries[at].hash != hash)
		at = (at + 1) & (size - 1);
	return (struct entry *)&entries[at];
}

int64_t
finetune_seen_find(const struct finetune_seen *seen, uint64_t hash)
{
	return seen == NULL ? 0 : place(seen->entries, seen->size, hash)->line;
}

static void
grow(struct finetune_seen *seen)
{
	struct entry *entries = take(seen->size * 2);

	for (size_t i = 0; i < seen->size; i++)
		if (seen->entries[i].line != 0)
			*place(entries, seen->size * 2, seen->entries[i].hash) = seen->entries[i];
	free(seen->entries);
	seen->entries = entries;
	seen->size *= 2;
}

void
finetune_seen_add(struct finetune_seen *seen, uint64_t hash, int64_t line)
{
	struct entry *entry;

	if (seen->count >= seen->most)
		return;
	if ((seen->count + 1) * 2 > seen->size)
		grow(seen);
	entry = place(seen->entries, seen->size, hash);
	if (entry->line != 0)
		return;
	*entry = (struct entry){hash, line};
	seen->count++;
}

/* Of this process: whoever writes a file must not know which examples fall into one place, for a search looks through
 * all that do. */
static uint64_t secret;

static void
make_secret(void)
{
	arc4random_buf(&secret, sizeof(secret));
}

uint64_t
finetune_seen_hash(const void *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *at = bytes;
	uint64_t hash;

	pthread_once(&once, make_secret);
	hash = secret;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
	return hash ^ (hash >> 33);
}
