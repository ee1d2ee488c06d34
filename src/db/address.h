/* SPDX-License-Identifier: Apache-2.0 */
/* address.h: what a database's address says, and whether a server answers there. */
#ifndef BH_DB_ADDRESS_H
#define BH_DB_ADDRESS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"

/* One word of it ("user"), "" when it does not say. BH_E_CONFIG if it cannot be read. */
BH_MUST_CHECK int bh_address_word(struct bh_arena *arena, const char *conninfo, const char *word,
	const char **out);

/* All of it but its secrets, as key=value words. BH_E_CONFIG. */
BH_MUST_CHECK int bh_address_describe(struct bh_arena *arena, const char *conninfo,
	const char **out);

/* All of it with its secrets, as a service of that name for a file of libpq's (pg_service.conf); appended. BH_E_CONFIG. */
BH_MUST_CHECK int bh_address_service(const char *conninfo, const char *name, struct bh_buf *out);

/* 0 if a server accepts connections there, even if it rejects the credentials; otherwise BH_E_DB_DOWN
 * with the reason. Waits at most a few seconds. */
BH_MUST_CHECK int bh_address_try(const char *conninfo);

#endif
