/* SPDX-License-Identifier: Apache-2.0 */
/* node.h: what a JSON value is inside; for json.c and index.c, which alone know yyjson. */
#ifndef BH_JSON_NODE_H
#define BH_JSON_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <yyjson.h>

#include "base/arena.h"

/* yyjson's value: a tag (kind and count), and a number, a text or the distance in bytes to what follows.
 * Values lie in the order of the text, a container before what it holds. */
struct bh_json {
	yyjson_val yy;
};

/* The positions of the elements of a large container, so that access is not a linear search. Its address
 * is stored in the container instead of the distance, which is marked by a bit that yyjson leaves
 * unused. */
struct bh_json_index {
	size_t bytes; /* from the container to what follows it */
	uint32_t
		at[]; /* values from the container to an element, or to a member's name in sorted order */
};

#define BH_JSON_INDEXED 0x20u

static inline bool
bh_json_is_container(const struct bh_json *value)
{
	return (unsafe_yyjson_get_tag((void *)(uintptr_t)&value->yy) & YYJSON_TYPE_MASK) >=
		YYJSON_TYPE_ARR;
}

static inline const struct bh_json_index *
bh_json_index_of(const struct bh_json *container)
{
	return (container->yy.tag & BH_JSON_INDEXED) != 0 ? container->yy.uni.ptr : NULL;
}

/* The value after this one and all that it holds. */
static inline const struct bh_json *
bh_json_after(const struct bh_json *value)
{
	const struct bh_json_index *index = bh_json_index_of(value);

	if (!bh_json_is_container(value))
		return value + 1;
	return (const void *)((const char *)value + (index != NULL ? index->bytes : value->yy.uni.ofs));
}

/* Indexes a container that is large enough to need it, its memory from the arena. Returns the name of
 * the first member whose name stood before, NULL when each is there once. */
const struct bh_json *bh_json_index(struct bh_arena *arena, struct bh_json *container);

/* The name of a member; NULL when there is none. */
const struct bh_json *bh_json_index_find(const struct bh_json *object, const char *name,
	size_t len);

#endif
