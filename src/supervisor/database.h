/* SPDX-License-Identifier: Apache-2.0 */
/* database.h: the embedded PostgreSQL's cluster, and the schema in whichever database is used. */
#ifndef BH_SUPERVISOR_DATABASE_H
#define BH_SUPERVISOR_DATABASE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"

struct supervisor_instance;

/* Creates the cluster once (in a temporary folder, then moved into place) and writes who may connect as
 * whom. Runs as the database's user, before PostgreSQL. */
BH_MUST_CHECK int supervisor_database_setup(struct supervisor_instance *instance);

/* Brings the schema up to date as the set-up role; with print_roles only prints SQL for a DBA. */
BH_MUST_CHECK int supervisor_database_migrate(struct supervisor_instance *instance,
	bool print_roles, FILE *out);

/* Makes another database ready for the tables of a backup: itself, the roles, the extension, the empty schema. BH_E_EXISTS
 * if it is not empty. */
BH_MUST_CHECK int supervisor_database_prepare(struct supervisor_instance *instance,
	const char *conninfo);

/* Puts every table in its place under Citus, as the set-up role; with check only tells where that is. */
BH_MUST_CHECK int supervisor_database_distribute(struct supervisor_instance *instance, bool check,
	FILE *out);

/* The step of a start: waits for an operator's database, migrates, and lets every service's role sign in
 * once, so that a wrong password is reported here and not by every service. */
BH_MUST_CHECK int supervisor_database_step(struct supervisor_instance *instance, FILE *out);

#endif
