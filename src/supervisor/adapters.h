/* SPDX-License-Identifier: Apache-2.0 */
/* adapters.h: the chat engine is succeeded by one that holds other adapters when their folder has changed.
 *
 * The folder is HOME/adapters. The service that uses the engine puts files there: ID@MODEL.new, which an engine that
 * succeeds another one tries, and ID@MODEL.gguf, once that one has answered with it. An engine that is started afresh
 * takes the latter only, so that no file that was never tried can keep it from starting. Which files it tried in vain
 * stands in RUN/adapters.failed, one name without its end in a line: those of the last try that failed, for as long as
 * just these lie there. What was taken away and comes again is tried again. */
#ifndef BH_SUPERVISOR_ADAPTERS_H
#define BH_SUPERVISOR_ADAPTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

struct supervisor_instance;
struct supervisor_process;

/* Names in the folder, whatever their order: the sum of their hashes. */
struct supervisor_adapters_set {
	uint64_t all;   /* with those that are to be tried */
	uint64_t known; /* without them */
	int64_t bytes;  /* of all */
};

/* Zeroed at the start. */
struct supervisor_adapters {
	int64_t look_at_ms;
	int64_t changed_ms;      /* when `wanted` became what it is */
	uint64_t wanted;         /* what lies there */
	uint64_t running, tried; /* what the engine holds; what failed */
	pid_t of;                /* the engine that holds it */
	pid_t attempt;           /* one that tries; 0: none */
	uint64_t attempt_all;
	struct bh_buf attempt_new; /* owned: names that it tries */
};

/* Looks about every half second. True when the engine is to be restarted: what lies there has stayed as it is for a
 * moment, so that several adapters share one restart; a minute where nothing was added. */
bool supervisor_adapters_watch(struct supervisor_adapters *adapters,
	const struct supervisor_instance *instance, const struct supervisor_process *engine,
	int64_t now_ms);

/* An engine was started that tries what is new. */
void supervisor_adapters_began(struct supervisor_adapters *adapters,
	const struct supervisor_instance *instance, pid_t pid);

/* Whether a second engine has room beside the one that runs: as much as that one holds for itself, and twice its
 * adapters. True where the kernel does not say. */
bool supervisor_adapters_room(const struct supervisor_instance *instance,
	const struct supervisor_process *engine);

#endif
