/* SPDX-License-Identifier: Apache-2.0 */
/* audit_keep.h: the disk space of audit files: kept by age, within a limit that is announced long before it
 * is reached. */
#ifndef BH_SERVICE_AUDIT_KEEP_H
#define BH_SERVICE_AUDIT_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"

struct bh_log_conf;

/* The audit-*.jsonl files of a folder and their rotated files, except audit-anonymous*, which have a
 * limit of their own. Where `only` is not NULL, those of this one ("audit-rag.jsonl"): beside a process that
 * looks after its own, others may do so in the same folder. */
struct bh_audit_kept {
	int64_t bytes;
	int64_t aside;     /* files put aside */
	int64_t oldest_ms; /* wall clock: the last line of the oldest of those; 0: there is none */
};

/* BH_E_IO when the folder cannot be read. */
BH_MUST_CHECK int bh_audit_keep_measure(const char *folder, const char *only,
	struct bh_audit_kept *out);

/* Whether they have taken four fifths of what they may: time to keep them for fewer days, to give
 * them more room, or to take the oldest elsewhere. */
bool bh_audit_keep_is_short(const struct bh_audit_kept *audit, int64_t bytes_max);

/* Removes the rotated files whose last line is older than `days`; then, while all together are larger
 * than bytes_max, the oldest file of the process that has most: so the lines of one process (reads at
 * the gateway, chats at the model service) do not displace those of another. Each of the second kind is
 * an error in the log, and counted. */
BH_MUST_CHECK int bh_audit_keep_trim(const char *folder, const char *only, int64_t days,
	int64_t bytes_max, int64_t now_ms, uint64_t *removed_for_space);

/* The clock by which lines get old. A zeroed one is valid. */
struct bh_audit_keep_clock {
	int64_t since_ms;  /* steady clock; 0: not read yet */
	int64_t offset_ms; /* wall clock over steady clock: the least so far */
};

/* The wall clock, made safe for removing old lines: a jump forward is not followed, one back is. During
 * the first hour, while a clock that was wrong at the start may still be corrected, it is 0, so that
 * nothing is old. */
int64_t bh_audit_keep_now(struct bh_audit_keep_clock *clock, int64_t steady_ms, int64_t wall_ms);

/* What lasts from one look at the files to the next. Zeroed before the first. */
struct bh_audit_keeper {
	struct bh_audit_keep_clock clock;
	int64_t again_ms; /* when to look again */
	int64_t told_ms;  /* when to say again that they are short of room */
	uint64_t removed; /* files removed before their age; atomic */
	int64_t bytes;    /* at the last look; atomic */
};

/* What the keeper has seen and done, as metrics. */
void bh_audit_keep_metrics(const struct bh_audit_keeper *keeper, const struct bh_log_conf *conf,
	struct bh_buf *out);

/* Trims about once a minute, and says when they are short. */
void bh_audit_keep_beat(struct bh_audit_keeper *keeper, const struct bh_log_conf *conf,
	const char *folder, const char *only, int64_t now_ms);

/* Puts a grown audit file aside. Of lines without a credential a number of files is kept, of tenants' acts
 * all. True when it was renamed: whoever writes it must open the name anew. */
bool bh_audit_keep_rotate(const char *folder, const char *name, const struct bh_log_conf *conf);

/* All of this for the two files of a process that no supervisor looks after. bh_audit_follow comes next. */
void bh_audit_keep_own(struct bh_audit_keeper *keeper, const struct bh_log_conf *conf,
	const char *folder, const char *service, int64_t now_ms);

#endif
