/* database.h: the embedded PostgreSQL's cluster, and the schema in whichever database is used. */
#ifndef BH_SUPERVISOR_DATABASE_H
#define BH_SUPERVISOR_DATABASE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"

struct supervisor_instance;

/* Makes the cluster once (aside, then moved into place) and writes who may connect as whom. Runs as
 * the database's user, before PostgreSQL. */
BH_MUST_CHECK int supervisor_database_setup(struct supervisor_instance *instance);

/* Brings the schema up to date as the set-up role; with print_roles only prints SQL for a DBA. */
BH_MUST_CHECK int supervisor_database_migrate(struct supervisor_instance *instance,
	bool print_roles, FILE *out);

#endif
