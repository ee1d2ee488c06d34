/* SPDX-License-Identifier: Apache-2.0 */
/* index.c: finds elements and members of large containers at once, and names that occur twice. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "json/node.h"

/* Smaller ones are walked. */
#define ELEMENTS_MIN 8u
#define MEMBERS_MIN 16u

_Static_assert(sizeof(struct bh_json) == 16, "distances count values of 16 bytes");
_Static_assert((BH_JSON_INDEXED & (YYJSON_TYPE_MASK | YYJSON_SUBTYPE_MASK)) == 0,
	"the bit is unused");

static int
compare(const struct bh_json *name, const char *text, size_t len)
{
	size_t own = unsafe_yyjson_get_len((void *)(uintptr_t)&name->yy);

	if (own != len)
		return own < len ? -1 : 1;
	return memcmp(name->yy.uni.str, text, len);
}

static int
compare_names(const struct bh_json *a, const struct bh_json *b)
{
	return compare(a, b->yy.uni.str, unsafe_yyjson_get_len((void *)(uintptr_t)&b->yy));
}

static int
compare_places(const void *a, const void *b, void *object)
{
	const struct bh_json *base = object;

	return compare_names(base + *(const uint32_t *)a, base + *(const uint32_t *)b);
}

/* Takes the container's place in the tree of distances. */
static struct bh_json_index *
attach(struct bh_arena *arena, struct bh_json *container, size_t count)
{
	struct bh_json_index *index;

	index = bh_arena_raw(arena, sizeof(*index) + count * sizeof(index->at[0]));
	index->bytes = container->yy.uni.ofs;
	BH_ASSERT(index->bytes / sizeof(*container) <= UINT32_MAX);
	container->yy.uni.ptr = index;
	container->yy.tag |= BH_JSON_INDEXED;
	return index;
}

static void
index_array(struct bh_arena *arena, struct bh_json *array, size_t count)
{
	const struct bh_json *element = array + 1;
	struct bh_json_index *index = attach(arena, array, count);

	for (size_t i = 0; i < count; i++, element = bh_json_after(element))
		index->at[i] = (uint32_t)(element - array);
}

/* Sorted by length, then bytes: n log n whatever the names are, which a hash table is not. */
static const struct bh_json *
index_object(struct bh_arena *arena, struct bh_json *object, size_t count)
{
	const struct bh_json *name = object + 1;
	struct bh_json_index *index = attach(arena, object, count);

	for (size_t i = 0; i < count; i++, name = bh_json_after(name + 1))
		index->at[i] = (uint32_t)(name - object);
	qsort_r(index->at, count, sizeof(index->at[0]), compare_places, object);
	for (size_t i = 1; i < count; i++) {
		const uint32_t *pair = &index->at[i - 1];

		if (compare_places(&pair[0], &pair[1], object) == 0)
			return object + (pair[0] > pair[1] ? pair[0] : pair[1]);
	}
	return NULL;
}

static const struct bh_json *
find_twice(const struct bh_json *object)
{
	const struct bh_json *end = bh_json_after(object);

	for (const struct bh_json *name = object + 1; name < end; name = bh_json_after(name + 1)) {
		for (const struct bh_json *old = object + 1; old < name; old = bh_json_after(old + 1)) {
			if (compare_names(old, name) == 0)
				return name;
		}
	}
	return NULL;
}

const struct bh_json *
bh_json_index(struct bh_arena *arena, struct bh_json *container)
{
	size_t count = unsafe_yyjson_get_len(&container->yy);

	if (unsafe_yyjson_get_type(&container->yy) == YYJSON_TYPE_OBJ)
		return count > MEMBERS_MIN ? index_object(arena, container, count) : find_twice(container);
	if (count > ELEMENTS_MIN && !unsafe_yyjson_arr_is_flat(&container->yy))
		index_array(arena, container, count);
	return NULL;
}

static const struct bh_json *
find_sorted(const struct bh_json *object, const struct bh_json_index *index, const char *name,
	size_t len)
{
	size_t low = 0, high = unsafe_yyjson_get_len((void *)(uintptr_t)&object->yy);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(object + index->at[middle], name, len);

		if (order == 0)
			return object + index->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct bh_json *
bh_json_index_find(const struct bh_json *object, const char *name, size_t len)
{
	const struct bh_json_index *index = bh_json_index_of(object);
	const struct bh_json *end = bh_json_after(object);

	if (index != NULL)
		return find_sorted(object, index, name, len);
	for (const struct bh_json *at = object + 1; at < end; at = bh_json_after(at + 1)) {
		if (compare(at, name, len) == 0)
			return at;
	}
	return NULL;
}
