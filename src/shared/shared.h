/* SPDX-License-Identifier: Apache-2.0 */
/* shared.h: figures that several processes on several machines count together, in Valkey or Redis.
 *
 * Each decision is one call of a script there, by the clock there. It takes at most a short time-out; after a
 * failure nobody asks for a moment, one call at a time looks whether the place is back, and everybody else is
 * told BH_E_UNAVAILABLE at once. Whoever is told that decides by its own share: the limit divided by the
 * instances last known to live. What each limit does then, and by how much it may be exceeded, stands in
 * docs/replicas.md.
 *
 * Nothing here is a record: every key expires but for one mark, by which it is seen that all was forgotten, and money
 * is not counted here. Keys begin with the tenant. */
#ifndef BH_SHARED_SHARED_H
#define BH_SHARED_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "conf/conf.h"

/* [limits] of bulkhead.conf. */
struct bh_shared_conf {
	const char *url; /* "redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER]", "unix:/PATH"; "": none */
	const char *password_file; /* NULL or "": none */
	int64_t timeout_ms;
	int64_t gateways; /* as far as a gateway knows that could not ask yet; at least 1 */
};
extern const struct bh_setting bh_shared_settings[];
extern const size_t bh_n_shared_settings;

struct bh_shared; /* thread-safe */

/* BH_E_CONFIG: no such form of address, or two passwords. The file is not looked at. */
BH_MUST_CHECK int bh_shared_check(const struct bh_shared_conf *conf);

/* Opens without connecting; *out is NULL when no address is set. BH_E_CONFIG: as above, or the file of the password is
 * missing, is readable by all, or is not one line of text. */
BH_MUST_CHECK int bh_shared_open(const struct bh_shared_conf *conf, struct bh_shared **out);
/* Safe on NULL. Nobody may be in another function of this file. */
void bh_shared_close(struct bh_shared *shared);

/* How many instances of this service live, as last known; at least 1. */
void bh_shared_instances_set(struct bh_shared *shared, int64_t live);
int64_t bh_shared_instances(const struct bh_shared *shared); /* 1 for NULL */

/* Whether it was there when last asked. False for NULL. */
bool bh_shared_is_there(const struct bh_shared *shared);

/* This process's part of a limit: all of it for NULL; at least 1. */
int64_t bh_shared_part(const struct bh_shared *shared, int64_t limit);

/* What each process's own bucket, which holds `burst_us` of time, owes at least while the place is away: it
 * begins so far from full that all of them together hold one process's part, and fills as ever. 0 when the place
 * is there. now_us: steady clock. */
int64_t bh_shared_owes_us(const struct bh_shared *shared, int64_t burst_us, int64_t now_us);

enum { BH_SHARED_KEY_BYTES = 160 };

/* "{TENANT}:WHAT:NAME", the tenant in hex. */
void bh_shared_key(const struct bh_uuid *tenant, const char *what, const char *name,
	char out[BH_SHARED_KEY_BYTES]);

/* ---- rates: GCRA, as the time at which a bucket is full again ---- */

struct bh_shared_taken {
	int64_t wait_us; /* 0: it was taken */
	int64_t left_us; /* of the bucket, after that */
};

/* Takes `cost_us` out of a bucket that holds `burst_us` and fills by a microsecond in each. When the place was
 * away, or has forgotten everything, a bucket holds one process's part at its return, and room for this cost: what
 * was taken meanwhile, nobody knows. BH_E_UNAVAILABLE: nothing is known. */
BH_MUST_CHECK int bh_shared_take(struct bh_shared *shared, const char *key, int64_t cost_us,
	int64_t burst_us, struct bh_shared_taken *out);

/* Charges so much more, or gives back, whatever is left. BH_E_UNAVAILABLE. */
BH_MUST_CHECK int bh_shared_charge(struct bh_shared *shared, const char *key, int64_t cost_us,
	int64_t burst_us);

/* What would be left. BH_E_UNAVAILABLE. */
BH_MUST_CHECK int bh_shared_left(struct bh_shared *shared, const char *key, int64_t burst_us,
	int64_t *out_left_us);

/* The bucket is full. BH_E_UNAVAILABLE. */
BH_MUST_CHECK int bh_shared_forget(struct bh_shared *shared, const char *key);

/* ---- places: so many holders at once; those of a dead process are free after BH_SHARED_HOLD_MS ---- */

enum { BH_SHARED_HOLD_MS = 15 * 1000, BH_SHARED_BEAT_MS = 4 * 1000 };

struct bh_shared_hold;

/* Takes one of `most` places; held until bh_shared_give. BH_E_BUSY: there are so many holders;
 * BH_E_UNAVAILABLE; BH_E_MEMORY. */
BH_MUST_CHECK int bh_shared_hold(struct bh_shared *shared, const char *key, int64_t most,
	struct bh_shared_hold **out);
/* Safe on NULL. */
void bh_shared_give(struct bh_shared *shared, struct bh_shared_hold *hold);

/* Says that the places are still held, those too that the place has forgotten; every BH_SHARED_BEAT_MS. Tries
 * whether it is there again when nobody else does. */
void bh_shared_beat(struct bh_shared *shared);

/* ---- for metrics ---- */

struct bh_shared_state {
	bool is_there;
	uint64_t asked, failed,
		local; /* decisions; calls that failed; decisions that it was not asked for */
};
struct bh_shared_state bh_shared_state(const struct bh_shared *shared); /* zeroed for NULL */

#endif
