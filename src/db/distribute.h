/* SPDX-License-Identifier: Apache-2.0 */
/* distribute.h: puts every table in its place where Citus spreads the rows over several servers. */
#ifndef BH_DB_DISTRIBUTE_H
#define BH_DB_DISTRIBUTE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"

/* Prints the place of every table to `out`, with what Citus would refuse or needs, and unless `check` puts them there:
 * all in one transaction, as a superuser on the coordinator. Tables that are in their place are passed over. BH_E_STATE if
 * Citus would refuse one, or is not there to do it. */
BH_MUST_CHECK int bh_distribute(const char *conninfo, bool check, FILE *out);

#endif
