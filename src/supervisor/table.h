/* SPDX-License-Identifier: Apache-2.0 */
/* table.h: the processes of one machine, as a table. */
#ifndef BH_SUPERVISOR_TABLE_H
#define BH_SUPERVISOR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"

struct bh_nginx_conf;
struct bh_service;
struct supervisor_instance;

enum supervisor_kind {
	SUPERVISOR_SERVICE,
	SUPERVISOR_GATEWAY,
	SUPERVISOR_DATABASE,
	SUPERVISOR_ENGINE,
	SUPERVISOR_HELPER, /* of the gateway */
	SUPERVISOR_STEP    /* runs to its end once per start; not a part of the platform's status */
};

enum supervisor_probe_kind {
	SUPERVISOR_PROBE_EXIT,    /* ready when it has ended with status 0 */
	SUPERVISOR_PROBE_HTTP,    /* GET of probe_path on its socket answers 200 or 204 */
	SUPERVISOR_PROBE_NONE,    /* ready when it runs */
	SUPERVISOR_PROBE_POSTGRES /* its socket answers a start-up packet and is not starting up */
};

/* What to run: argv and environment live in the arena and end with NULL. */
struct supervisor_command {
	char **argv;
	char **environment;
};

struct supervisor_row {
	const char *name;
	enum supervisor_kind kind;
	const char *user;         /* "db": bulkhead-db as root; NULL: the supervisor's */
	const char *const *after; /* ready before this one starts; ends with NULL; may be NULL */
	const char *const *uses;  /* stopped after this one, besides `after`; as `after` */
	enum supervisor_probe_kind probe;
	const char *probe_path;
	int stop_signal;   /* asks it to drain and end */
	int orphan_signal; /* what the kernel sends when the supervisor dies */
	int64_t stop_ms;   /* then its whole group is killed */
	int64_t start_ms;  /* longest time until ready; then it counts as failed */
	int (*command)(struct supervisor_instance *instance, const struct supervisor_row *row,
		struct bh_arena *arena, struct supervisor_command *out);
	/* Asks one that was succeeded to serve those it has to the end; 0: a restart ends it before the next one starts. */
	int leave_signal;
};

/* Processes besides the services: database, engines, steps, the gateway and its helper. */
#define SUPERVISOR_ROWS_FIXED 10

/* The engines of `make speech-engine`. */
#define SUPERVISOR_TRANSCRIPTION "transcribe"
#define SUPERVISOR_SPEECH "speech"

/* The gateway's helper: `bulkhead step gateway-limits`. */
#define SUPERVISOR_LIMITS "gateway-limits"

/* Every process there can be, of what comes with every platform and of its services. In the order of
 * the start; ends with a zeroed row; in the arena. */
const struct supervisor_row *supervisor_table_make(struct bh_arena *arena,
	const struct bh_service *const *services);

/* True when a row belongs to this instance: its engine is managed, its database embedded. */
bool supervisor_table_has(const struct supervisor_instance *instance,
	const struct supervisor_row *row);

/* Whether its speech engines are installed and meant to run. */
bool supervisor_table_speaks(const struct supervisor_instance *instance);

/* Whether it shares limits with other machines. */
bool supervisor_table_shares(const struct supervisor_instance *instance);

/* What the gateway's configuration is made from; text in the arena. */
void supervisor_table_gateway(struct supervisor_instance *instance, struct bh_arena *arena,
	struct bh_nginx_conf *out);

/* The command of a step, which is this executable. */
BH_MUST_CHECK int supervisor_table_step(struct supervisor_instance *instance,
	const struct supervisor_row *row, struct bh_arena *arena, struct supervisor_command *out);

/* "service", "gateway", "helper", "database", "engine", "step". */
const char *supervisor_kind_name(enum supervisor_kind kind);

#endif
