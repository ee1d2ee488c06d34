/* SPDX-License-Identifier: Apache-2.0 */
/* group.h: process groups of children: ended whole, and remembered for the next start. */
#ifndef BH_SUPERVISOR_GROUP_H
#define BH_SUPERVISOR_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/macros.h"

/* What /proc says of one process. */
struct supervisor_proc {
	pid_t pid, parent, group;
	char state;
	uint64_t started; /* clock ticks since boot: with the pid, this names a process for good */
	int64_t rss_bytes;
};

/* BH_E_NOT_FOUND when there is no such process. */
BH_MUST_CHECK int supervisor_proc_read(pid_t pid, struct supervisor_proc *out);

/* Every process there is, in the arena. */
BH_MUST_CHECK int supervisor_proc_list(struct bh_arena *arena, struct supervisor_proc **out,
	size_t *out_n);

/* Resident memory of a process and everything below it. */
int64_t supervisor_proc_rss(const struct supervisor_proc *list, size_t n, pid_t pid);

/* One child that leads a group. */
struct supervisor_group {
	char name[32];
	pid_t pid;
	uint64_t started;
	uid_t uid;
};

/* Writes the groups that run now to a file that the next start reads. */
BH_MUST_CHECK int supervisor_groups_save(const char *path, const struct supervisor_group *groups,
	size_t n);

/* Ends what a dead supervisor left: groups of the file whose leader is the recorded process, or
 * whose members started after it as the same user. *out_ended counts processes. A file of an
 * earlier boot is passed over. */
BH_MUST_CHECK int supervisor_groups_end(const char *path, size_t *out_ended);

/* How many processes that would end; nothing is done to them. */
BH_MUST_CHECK int supervisor_groups_count(const char *path, size_t *out);

/* Kills every direct child of this process that is not in `known`: orphans that we adopted as
 * subreaper. Returns how many there were. */
size_t supervisor_group_adopted_end(const pid_t *known, size_t n_known);

#endif
