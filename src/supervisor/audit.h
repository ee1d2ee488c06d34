/* audit.h: the room that audit files take: kept by age, within a cap that is told long before it bites. */
#ifndef BH_SUPERVISOR_AUDIT_H
#define BH_SUPERVISOR_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct supervisor;

/* What a folder holds of audit-*.jsonl and of the files put aside from them, those of strangers
 * (audit-anonymous*) not counted: they have a number of files of their own. */
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

/* Removes the files put aside whose last line is older than `days`; then, while all together are
 * larger than bytes_max, the oldest of whichever process has most aside: what fills one process's file
 * (reads at the gateway, chats at the model service) does not push out what another did. Each of the
 * second kind is an error in the log, and counted. */
BH_MUST_CHECK int supervisor_audit_trim(const char *folder, int64_t days, int64_t bytes_max,
	int64_t now_ms, uint64_t *removed_for_space);

/* The time that lines are old by. A zeroed one is valid. */
struct supervisor_audit_clock {
	int64_t since_ms;  /* steady clock; 0: not read yet */
	int64_t offset_ms; /* wall clock over steady clock: the least so far */
};

/* The wall clock, as far as it can be believed before years of lines are removed by it: a jump forward
 * is not followed, one back is; and in the first hour, while a clock that was wrong at the start may yet
 * be set, it is 0, so that nothing is old. */
int64_t supervisor_audit_now(struct supervisor_audit_clock *clock, int64_t steady_ms,
	int64_t wall_ms);

/* Does this about once a minute, says when they are short, and writes run/supervisor.prom, which
 * the gateway shows among its metrics. */
void supervisor_audit_keep(struct supervisor *supervisor, int64_t now_ms);

#endif
