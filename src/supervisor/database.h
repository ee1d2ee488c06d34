/* SPDX-License-Identifier: Apache-2.0 */
/* database.h: the embedded PostgreSQL's cluster, and the schema in whichever database is used. */
#ifndef BH_SUPERVISOR_DATABASE_H
#define BH_SUPERVISOR_DATABASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/macros.h"

struct supervisor_instance;

/* Creates the cluster once (in a temporary folder, then moved into place) and writes who may connect as
 * whom. Runs as the database's user, before PostgreSQL. */
BH_MUST_CHECK int supervisor_database_setup(struct supervisor_instance *instance);

/* Brings the schema up to date as the set-up role; with print_roles only prints SQL for a DBA. */
BH_MUST_CHECK int supervisor_database_migrate(struct supervisor_instance *instance,
	bool print_roles, FILE *out);

/* The step of a start: waits for an operator's database, migrates, and lets every service's role sign in
 * once, so that a wrong password is reported here and not by every service. */
BH_MUST_CHECK int supervisor_database_step(struct supervisor_instance *instance, FILE *out);

/* Whether database.url and database.setup_url can be meant: each service signs in as its own role.
 * BH_E_CONFIG. `services` ends with NULL. */
struct bh_platform_conf;
struct bh_service;
BH_MUST_CHECK int supervisor_database_check(struct bh_arena *arena,
	const struct bh_platform_conf *conf, const char *conf_path,
	const struct bh_service *const *services);

/* Whether the database is external. */
bool supervisor_database_is_external(const struct supervisor_instance *instance);

/* An external database in words, without secrets: "host=db dbname=bulkhead user=bulkhead_{service}". In
 * the arena. */
const char *supervisor_database_name(struct bh_arena *arena,
	const struct supervisor_instance *instance);

/* 0 if the external database accepts connections; BH_E_DB_DOWN with the reason. Takes seconds at most. */
BH_MUST_CHECK int supervisor_database_try(const struct supervisor_instance *instance);

/* Tells the terminal at a start which external database is used, and that it is waited for if it is
 * unreachable. */
void supervisor_database_announce(const struct supervisor_instance *instance, FILE *out);

#endif
