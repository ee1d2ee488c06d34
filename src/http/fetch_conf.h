/* SPDX-License-Identifier: Apache-2.0 */
/* fetch_conf.h: what an operator opens to requests that tenants ask for. */
#ifndef BH_HTTP_FETCH_CONF_H
#define BH_HTTP_FETCH_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "conf/conf.h"

struct bh_arena;
struct bh_url;

#define BH_FETCH_OPEN_MOST 64u

/* [fetch] of bulkhead.conf. */
struct bh_fetch_settings {
	const char *open;    /* origins, divided by blanks, each with "TENANT=" before it or for all */
	const char *ca_file; /* "": the system's certificates */
	bool plain;          /* http as well as https */
};
extern const struct bh_setting bh_fetch_settings[];
extern const size_t bh_n_fetch_settings;

/* A host that may lie on this machine or in a private network. */
struct bh_fetch_open {
	struct bh_uuid tenant; /* zero: every tenant */
	const struct bh_url *origin;
};

/* The list `open`, in the arena; *out_n at most BH_FETCH_OPEN_MOST. BH_E_CONFIG. */
BH_MUST_CHECK int bh_fetch_open_read(struct bh_arena *arena,
	const struct bh_fetch_settings *settings, struct bh_fetch_open out[BH_FETCH_OPEN_MOST],
	size_t *out_n);

/* A wrong setting is told at the start, and not by the first request. BH_E_CONFIG. */
BH_MUST_CHECK int bh_fetch_settings_check(const struct bh_fetch_settings *settings);

#endif
