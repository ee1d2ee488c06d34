/* SPDX-License-Identifier: Apache-2.0 */
/* external.h: a database of the operator's, instead of the embedded one. */
#ifndef BH_SUPERVISOR_EXTERNAL_H
#define BH_SUPERVISOR_EXTERNAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/macros.h"

struct bh_platform_conf;
struct bh_service;

/* Whether the settings name one. */
bool supervisor_external_is_used(const struct bh_platform_conf *conf);

/* Whether database.url and database.setup_url can be meant: each service signs in as its own role.
 * BH_E_CONFIG. `services` ends with NULL. */
BH_MUST_CHECK int supervisor_external_check(struct bh_arena *arena,
	const struct bh_platform_conf *conf, const char *conf_path,
	const struct bh_service *const *services);

/* The set-up role's address, in either kind: its own setting, or the services' with its name in it. */
const char *supervisor_external_setup(struct bh_arena *arena, const struct bh_platform_conf *conf);

/* The database in words, without secrets: "host=db dbname=bulkhead user=bulkhead_{service}". In the
 * arena. */
const char *supervisor_external_name(struct bh_arena *arena, const struct bh_platform_conf *conf);

/* 0 if it accepts connections; BH_E_DB_DOWN with the reason. Takes seconds at most. */
BH_MUST_CHECK int supervisor_external_try(const struct bh_platform_conf *conf);

/* Until it accepts connections, for nine minutes at most; a reason that changes is told again. */
BH_MUST_CHECK int supervisor_external_wait(const struct bh_platform_conf *conf, FILE *out);

/* Tells the terminal at a start (NULL: nobody listens) which one is used, and that it is waited for if
 * it is unreachable. */
void supervisor_external_announce(const struct bh_platform_conf *conf, FILE *out);

#endif
