/* SPDX-License-Identifier: Apache-2.0 */
/* shared.c: buckets and places by name, and each process's own share. */
#include "shared/shared.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "shared/link.h"

#define PASSWORD_BYTES 513u /* with its end */

const struct bh_setting bh_shared_settings[] = {
	BH_SECRET("shared", "", struct bh_shared_conf, url,
		"Address of Valkey or Redis, for limits that several machines share: "
		"redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER] or unix:/PATH; empty: each machine counts "
		"for "
		"itself. See docs/replicas.md."),
	BH_TEXT("shared_password_file", "", struct bh_shared_conf, password_file,
		"File with the password for limits.shared, in one line, that not all users can read; "
		"without "
		"it, the file `shared` in BULKHEAD_SECRETS_DIR, if there is one."),
	BH_INT("shared_timeout_ms", "20", 1, 10000, struct bh_shared_conf, timeout_ms,
		"Maximum time to wait for an answer from it; each process then uses its own share of the "
		"limits until it answers again."),
	BH_INT("gateways", "1", 1, 10000, struct bh_shared_conf, gateways,
		"Number of gateways, for one that was started while limits.shared is away; the others know "
		"it from there."),
};
const size_t bh_n_shared_settings = BH_COUNT(bh_shared_settings);

struct bh_shared_hold {
	struct bh_shared_hold *next, **link;
	struct bh_uuid id;
	char key[BH_SHARED_KEY_BYTES];
};

struct bh_shared {
	struct bh_link *link; /* owned */
	_Atomic int64_t instances;
	pthread_mutex_t lock;
	struct bh_shared_hold *holds; /* guarded; owned by their holders */
};

static bool
has_password_file(const struct bh_shared_conf *conf)
{
	return conf->password_file != NULL && conf->password_file[0] != '\0';
}

int
bh_shared_check(const struct bh_shared_conf *conf)
{
	if (conf->url == NULL || conf->url[0] == '\0')
		return 0;
	return bh_link_check(conf->url, has_password_file(conf));
}

static int
check_password_file(FILE *file, const char *path)
{
	struct stat info;

	if (fstat(fileno(file), &info) < 0)
		return bh_error(BH_E_CONFIG, "limits.shared_password_file %s: %m", path);
	if (!S_ISREG(info.st_mode) || (info.st_mode & 007) != 0)
		return bh_error(BH_E_CONFIG,
			"limits.shared_password_file %s must be a file that not all users can read; run: chmod "
			"o= %s",
			path, path);
	return 0;
}

/* The first line, which is the only one. */
static int
read_password(const char *path, char out[PASSWORD_BYTES])
{
	FILE *file = fopen(path, "re");
	size_t len = 0;
	int rc;

	if (file == NULL)
		return bh_error(BH_E_CONFIG, "limits.shared_password_file %s: %m", path);
	setvbuf(file, NULL, _IONBF, 0);
	rc = check_password_file(file, path);
	if (rc == 0)
		len = fread(out, 1, PASSWORD_BYTES, file);
	fclose(file);
	if (rc < 0)
		return rc;
	if (len > 0 && len < PASSWORD_BYTES && out[len - 1] == '\n')
		len--;
	if (len == 0 || len == PASSWORD_BYTES || memchr(out, '\n', len) != NULL ||
		memchr(out, '\0', len) != NULL)
		return bh_error(BH_E_CONFIG, "limits.shared_password_file %s is not one line of text",
			path);
	out[len] = '\0';
	return 0;
}

static int
open_link(const struct bh_shared_conf *conf, struct bh_link **out)
{
	char password[PASSWORD_BYTES] = "";
	bool has = has_password_file(conf);
	int rc = has ? read_password(conf->password_file, password) : 0;

	if (rc == 0)
		rc = bh_link_open(conf->url, has ? password : NULL, conf->timeout_ms, out);
	explicit_bzero(password, sizeof(password));
	return rc;
}

int
bh_shared_open(const struct bh_shared_conf *conf, struct bh_shared **out)
{
	struct bh_shared *shared;
	int rc;

	if (conf->url == NULL || conf->url[0] == '\0') {
		*out = NULL;
		return 0;
	}
	shared = calloc(1, sizeof(*shared));
	if (shared == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&shared->lock, NULL);
	atomic_store(&shared->instances, 1);
	rc = open_link(conf, &shared->link);
	if (rc < 0) {
		bh_shared_close(shared);
		return rc;
	}
	*out = shared;
	return 0;
}

void
bh_shared_close(struct bh_shared *shared)
{
	if (shared == NULL)
		return;
	BH_ASSERT(shared->holds == NULL);
	bh_link_close(shared->link);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

struct bh_link *
bh_shared_link(struct bh_shared *shared)
{
	return shared->link;
}

/* ---- shares ---- */

void
bh_shared_instances_set(struct bh_shared *shared, int64_t live)
{
	if (shared != NULL)
		atomic_store(&shared->instances, live > 1 ? live : 1);
}

int64_t
bh_shared_instances(const struct bh_shared *shared)
{
	return shared != NULL ? atomic_load(&shared->instances) : 1;
}

bool
bh_shared_is_there(const struct bh_shared *shared)
{
	return shared != NULL && bh_link_away_us(shared->link) == 0;
}

int64_t
bh_shared_part(const struct bh_shared *shared, int64_t limit)
{
	int64_t part = limit / bh_shared_instances(shared);

	return part > 1 ? part : 1;
}

/* Of its part, which is one of n, each process begins with one of n: together that is one part. */
int64_t
bh_shared_owes_us(const struct bh_shared *shared, int64_t burst_us, int64_t now_us)
{
	int64_t n = bh_shared_instances(shared);
	int64_t away_us = shared != NULL ? bh_link_away_us(shared->link) : 0;
	int64_t owes_us = away_us + burst_us - burst_us / n - now_us;

	return away_us == 0 || owes_us < 0 ? 0 : owes_us;
}

void
bh_shared_key(const struct bh_uuid *tenant, const char *what, const char *name,
	char out[BH_SHARED_KEY_BYTES])
{
	char id[BH_UUID_HEX];
	int len;

	bh_uuid_hex(tenant, id);
	len = snprintf(out, BH_SHARED_KEY_BYTES, "{%s}:%s:%s", id, what, name);
	BH_ASSERT(len > 0 && len < BH_SHARED_KEY_BYTES);
}

/* ---- rates ---- */

int64_t
bh_shared_owed_us(const struct bh_shared *shared, int64_t cost_us, int64_t burst_us)
{
	int64_t back_us = bh_link_back_us(shared->link);
	int64_t part_us = burst_us / bh_shared_instances(shared);
	int64_t owed = back_us + burst_us - (part_us > cost_us ? part_us : cost_us) -
		bh_clock_steady_us();

	return back_us == 0 || owed < 0 ? 0 : owed;
}

static int
take(struct bh_shared *shared, const char *key, const int64_t numbers[3], bool forced,
	int64_t out[BH_LINK_NUMBERS])
{
	char text[3][24];

	for (size_t i = 0; i < BH_COUNT(text); i++)
		snprintf(text[i], sizeof(text[i]), "%lld", (long long)numbers[i]);
	return bh_link_run(shared->link, BH_LINK_TAKE, key,
		(const char *const[]){text[0], text[1], text[2], forced ? "1" : "0"}, out);
}

int
bh_shared_take(struct bh_shared *shared, const char *key, int64_t cost_us, int64_t burst_us,
	struct bh_shared_taken *out)
{
	int64_t numbers[BH_LINK_NUMBERS];
	int rc = take(shared, key,
		(const int64_t[]){cost_us, burst_us, bh_shared_owed_us(shared, cost_us, burst_us)}, false,
		numbers);

	if (rc == 0)
		*out = (struct bh_shared_taken){
			.wait_us = numbers[0] > 0 ? numbers[0] : 0,
			.left_us = numbers[1],
		};
	return rc;
}

int
bh_shared_charge(struct bh_shared *shared, const char *key, int64_t cost_us, int64_t burst_us)
{
	int64_t numbers[BH_LINK_NUMBERS];

	return take(shared, key,
		(const int64_t[]){cost_us, burst_us, bh_shared_owed_us(shared, 0, burst_us)}, true,
		numbers);
}

int
bh_shared_left(struct bh_shared *shared, const char *key, int64_t burst_us, int64_t *out_left_us)
{
	int64_t numbers[BH_LINK_NUMBERS];
	int rc = take(shared, key,
		(const int64_t[]){0, burst_us, bh_shared_owed_us(shared, 0, burst_us)}, true, numbers);

	if (rc == 0)
		*out_left_us = numbers[1];
	return rc;
}

/* Nothing is owed for so long that this takes it all back. */
int
bh_shared_forget(struct bh_shared *shared, const char *key)
{
	int64_t numbers[BH_LINK_NUMBERS];

	return take(shared, key, (const int64_t[]){-INT64_C(1000000) * 86400 * 365, 1, 0}, true,
		numbers);
}

/* ---- places ---- */

static int
hold(struct bh_shared *shared, const struct bh_shared_hold *hold, int64_t most, bool forced,
	int64_t out[BH_LINK_NUMBERS])
{
	char id[BH_UUID_HEX], places[24], ms[24];

	bh_uuid_hex(&hold->id, id);
	snprintf(places, sizeof(places), "%lld", (long long)most);
	snprintf(ms, sizeof(ms), "%d", BH_SHARED_HOLD_MS);
	return bh_link_run(shared->link, BH_LINK_HOLD, hold->key,
		(const char *const[]){places, id, ms, forced ? "1" : "0"}, out);
}

int
bh_shared_hold(struct bh_shared *shared, const char *key, int64_t most, struct bh_shared_hold **out)
{
	struct bh_shared_hold *mine = calloc(1, sizeof(*mine));
	int64_t numbers[BH_LINK_NUMBERS];
	int rc;

	if (mine == NULL)
		return BH_E_MEMORY;
	mine->id = bh_uuid_new();
	snprintf(mine->key, sizeof(mine->key), "%s", key);
	rc = hold(shared, mine, most, false, numbers);
	if (rc == 0 && numbers[0] == 0)
		rc = BH_E_BUSY;
	if (rc < 0) {
		free(mine);
		return rc;
	}
	pthread_mutex_lock(&shared->lock);
	mine->next = shared->holds;
	mine->link = &shared->holds;
	if (mine->next != NULL)
		mine->next->link = &mine->next;
	shared->holds = mine;
	pthread_mutex_unlock(&shared->lock);
	*out = mine;
	return 0;
}

void
bh_shared_give(struct bh_shared *shared, struct bh_shared_hold *hold)
{
	int64_t numbers[BH_LINK_NUMBERS];
	char id[BH_UUID_HEX];

	if (hold == NULL)
		return;
	pthread_mutex_lock(&shared->lock);
	*hold->link = hold->next;
	if (hold->next != NULL)
		hold->next->link = hold->link;
	pthread_mutex_unlock(&shared->lock);
	bh_uuid_hex(&hold->id, id);
	/* What cannot be given back is free when its time is over. */
	if (bh_link_run(shared->link, BH_LINK_GIVE, hold->key,
			(const char *const[BH_LINK_ARGUMENTS]){id}, numbers) < 0)
		bh_error_clear();
	free(hold);
}

/* A copy of all that is held: the lock is not kept while the place is asked. NULL without memory, or for none. */
static struct bh_shared_hold *
holds_copy(struct bh_shared *shared, size_t *out_count)
{
	struct bh_shared_hold *copy = NULL;
	size_t n = 0;

	pthread_mutex_lock(&shared->lock);
	for (const struct bh_shared_hold *at = shared->holds; at != NULL; at = at->next)
		n++;
	if (n > 0)
		copy = calloc(n, sizeof(*copy));
	n = 0;
	for (const struct bh_shared_hold *at = shared->holds; copy != NULL && at != NULL; at = at->next)
		copy[n++] = *at;
	pthread_mutex_unlock(&shared->lock);
	*out_count = n;
	return copy;
}

static bool
is_held(struct bh_shared *shared, const struct bh_uuid *id)
{
	bool found = false;

	pthread_mutex_lock(&shared->lock);
	for (const struct bh_shared_hold *at = shared->holds; at != NULL && !found; at = at->next)
		found = bh_uuid_equal(&at->id, id);
	pthread_mutex_unlock(&shared->lock);
	return found;
}

void
bh_shared_beat(struct bh_shared *shared)
{
	int64_t numbers[BH_LINK_NUMBERS];
	struct bh_shared_hold *copy;
	size_t n;
	int rc = 0;

	if (shared == NULL)
		return;
	copy = holds_copy(shared, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		char id[BH_UUID_HEX];

		rc = hold(shared, &copy[i], 0, true, numbers);
		/* Given back in between: what was just said of it is not true any more. */
		if (rc == 0 && !is_held(shared, &copy[i].id)) {
			bh_uuid_hex(&copy[i].id, id);
			rc = bh_link_run(shared->link, BH_LINK_GIVE, copy[i].key,
				(const char *const[BH_LINK_ARGUMENTS]){id}, numbers);
		}
	}
	free(copy);
	if (n == 0 && !bh_shared_is_there(shared)) {
		int64_t left_us;

		rc = bh_shared_left(shared, "{}:beat", 1, &left_us);
	}
	if (rc < 0)
		bh_error_clear();
}

struct bh_shared_state
bh_shared_state(const struct bh_shared *shared)
{
	struct bh_link_counts counts;

	if (shared == NULL)
		return (struct bh_shared_state){0};
	counts = bh_link_counts(shared->link);
	return (struct bh_shared_state){
		.is_there = bh_shared_is_there(shared),
		.asked = counts.asked,
		.failed = counts.failed,
		.local = counts.skipped,
	};
}
