/* SPDX-License-Identifier: Apache-2.0 */
/* router.h: which row of the route table answers a request. Only src/service includes it. */
#ifndef BH_SERVICE_ROUTER_H
#define BH_SERVICE_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "service/service.h"

#define BH_ROUTE_SEGMENTS_MOST 12
#define BH_ROUTE_PARAMS_MOST 4

/* A row with its path cut into segments. */
struct bh_router_entry {
	const struct bh_route *route; /* borrowed */
	size_t n_segments;
	struct {
		const char *text; /* borrowed from the row; a parameter's name without braces */
		size_t len;
		bool param;
	} segments[BH_ROUTE_SEGMENTS_MOST];
	uint32_t literals; /* a bit for each literal segment, the first one highest */
};

struct bh_router {
	struct bh_router_entry *entries; /* owned */
	size_t n_entries;
};

/* What was found. */
struct bh_router_match {
	const struct bh_route *route;
	size_t index; /* of the entry: metrics count by it */
	struct {
		const char *name, *value;
	} params[BH_ROUTE_PARAMS_MOST];
};

/* Takes a table that ends with a zeroed row. BH_E_CONFIG for a row without method, path, scope,
 * limits, audit class or handler, for a malformed path, and for two rows that answer the same. */
BH_MUST_CHECK int bh_router_add(struct bh_router *router, const struct bh_route *routes);

/* Finds the row of a request; a literal segment goes before a parameter, HEAD is answered by GET's
 * row. Parameters are decoded into the arena. BH_E_NO_ROUTE; BH_E_NOT_FOUND for a parameter
 * that is too long; BH_E_METHOD with *out_allow listing what the path knows. */
BH_MUST_CHECK int bh_router_find(const struct bh_router *router, struct bh_arena *arena,
	const char *method, const char *path, struct bh_router_match *out, const char **out_allow);

void bh_router_close(struct bh_router *router);

#endif
