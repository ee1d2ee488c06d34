/* table.h: the processes of one machine, as a table. */
#ifndef BH_SUPERVISOR_TABLE_H
#define BH_SUPERVISOR_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"

struct supervisor_instance;

enum supervisor_kind {
	SUPERVISOR_SERVICE,
	SUPERVISOR_GATEWAY,
	SUPERVISOR_DATABASE,
	SUPERVISOR_ENGINE,
	SUPERVISOR_STEP /* runs to its end once per start; not a part of the platform's status */
};

enum supervisor_probe_kind {
	SUPERVISOR_PROBE_EXIT,    /* ready when it has ended with status 0 */
	SUPERVISOR_PROBE_HTTP,    /* GET of probe_path on its socket answers 200 or 204 */
	SUPERVISOR_PROBE_POSTGRES /* its socket answers a start-up packet and is not starting up */
};

/* What to run: argv and environment live in the arena and end with NULL. */
struct supervisor_command {
	char **argv;
	char **environment;
};

#define SUPERVISOR_AFTER_MAX 6

struct supervisor_row {
	const char *name;
	enum supervisor_kind kind;
	const char *user;                        /* "db": bulkhead-db as root; NULL: the supervisor's */
	const char *after[SUPERVISOR_AFTER_MAX]; /* ready before this one starts */
	const char *uses[SUPERVISOR_AFTER_MAX];  /* stopped after this one, besides `after` */
	enum supervisor_probe_kind probe;
	const char *probe_path;
	int stop_signal;   /* asks it to drain and end */
	int orphan_signal; /* what the kernel sends when the supervisor dies */
	int64_t stop_ms;   /* then its whole group is killed */
	int64_t start_ms;  /* longest time until ready; then it counts as failed */
	int (*command)(struct supervisor_instance *instance, const struct supervisor_row *row,
		struct bh_arena *arena, struct supervisor_command *out);
};

/* Every process there can be; ends with a zeroed row. */
extern const struct supervisor_row supervisor_rows[];

/* "service", "gateway", "database", "engine", "step". */
const char *supervisor_kind_name(enum supervisor_kind kind);

#endif
