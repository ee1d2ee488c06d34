/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h: the disk space of audit files: kept by age, within a limit that is announced long before it
 * is reached. */
#ifndef BH_SUPERVISOR_AUDIT_H
#define BH_SUPERVISOR_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"

struct supervisor_instance;
struct supervisor_log_conf;

/* The audit-*.jsonl files of a folder and their rotated files, except audit-anonymous*, which have a
 * limit of their own. */
struct supervisor_audit {
	int64_t bytes;
	int64_t aside;     /* files put aside */
	int64_t oldest_ms; /* wall clock: the last line of the oldest of those; 0: there is none */
};

/* BH_E_IO when the folder cannot be read. */
BH_MUST_CHECK int supervisor_audit_measure(const char *folder, struct supervisor_audit *out);

/* Whether they have taken four fifths of what they may: time to keep them for fewer days, to give
 * them more room, or to take the oldest elsewhere. */
bool supervisor_audit_is_short(const struct supervisor_audit *audit, int64_t bytes_max);

/* Removes the rotated files whose last line is older than `days`; then, while all together are larger
 * than bytes_max, the oldest file of the process that has most: so the lines of one process (reads at
 * the gateway, chats at the model service) do not displace those of another. Each of the second kind is
 * an error in the log, and counted. */
BH_MUST_CHECK int supervisor_audit_trim(const char *folder, int64_t days, int64_t bytes_max,
	int64_t now_ms, uint64_t *removed_for_space);

/* The clock by which lines get old. A zeroed one is valid. */
struct supervisor_audit_clock {
	int64_t since_ms;  /* steady clock; 0: not read yet */
	int64_t offset_ms; /* wall clock over steady clock: the least so far */
};

/* The wall clock, made safe for removing old lines: a jump forward is not followed, one back is. During
 * the first hour, while a clock that was wrong at the start may still be corrected, it is 0, so that
 * nothing is old. */
int64_t supervisor_audit_now(struct supervisor_audit_clock *clock, int64_t steady_ms,
	int64_t wall_ms);

/* What lasts from one look at the files to the next. Zeroed before the first. */
struct supervisor_audit_keeper {
	struct supervisor_audit_clock clock;
	int64_t again_ms;             /* when to look again */
	int64_t told_ms;              /* when to say again that they are short of room */
	uint64_t removed;             /* files removed before their age */
	struct supervisor_audit seen; /* at the last look */
};

/* What the keeper has seen and done, as metrics. */
void supervisor_audit_metrics(const struct supervisor_audit_keeper *keeper,
	const struct supervisor_log_conf *conf, struct bh_buf *out);

/* Does this about once a minute, and says when they are short. */
void supervisor_audit_keep(struct supervisor_audit_keeper *keeper,
	const struct supervisor_instance *instance, int64_t now_ms);

#endif
