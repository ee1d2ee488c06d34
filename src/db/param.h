/* SPDX-License-Identifier: Apache-2.0 */
/* param.h: a statement's parameters ($1, $2, …), sent in binary; what they point to is borrowed during the
 * call.
 *
 *     return bh_db_change(db, sql, BH_PARAMS(tenant, id, name, bh_time_param(now_ms)));
 */
#ifndef BH_DB_PARAM_H
#define BH_DB_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "sec/digest.h"

enum bh_param_type {
	BH_PARAM_UUID,
	BH_PARAM_TEXT,
	BH_PARAM_INT,
	BH_PARAM_BOOL,
	BH_PARAM_DOUBLE,
	BH_PARAM_TIME,
	BH_PARAM_BYTES,
	BH_PARAM_JSON,
	BH_PARAM_VECTOR,
	BH_PARAM_UUID_ARRAY,
	BH_PARAM_TEXT_ARRAY,
	BH_PARAM_INT_ARRAY,
	BH_PARAM_DOUBLE_ARRAY,
	BH_PARAM_BYTES_ARRAY
};

struct bh_bytes {
	const void *data;
	size_t len;
};

struct bh_param {
	enum bh_param_type type;
	const void *data; /* NULL: SQL NULL (for pointer types) */
	size_t len;       /* bytes, floats or elements */
	int64_t number;   /* INT (int8), BOOL, TIME (ms since 1970; timestamptz) */
	double real;
	bool null; /* INT, BOOL, TIME, DOUBLE as SQL NULL */
};

static inline struct bh_param
bh_uuid_param(const struct bh_uuid *id)
{
	return (struct bh_param){.type = BH_PARAM_UUID, .data = id};
}
static inline struct bh_param
bh_text_param(const char *text)
{
	return (struct bh_param){.type = BH_PARAM_TEXT, .data = text, .len = (size_t)-1};
}
static inline struct bh_param
bh_text_len_param(const char *text, size_t len)
{
	return (struct bh_param){.type = BH_PARAM_TEXT, .data = text, .len = len};
}
static inline struct bh_param
bh_int_param(int64_t value)
{
	return (struct bh_param){.type = BH_PARAM_INT, .number = value};
}
static inline struct bh_param
bh_bool_param(bool value)
{
	return (struct bh_param){.type = BH_PARAM_BOOL, .number = value};
}
static inline struct bh_param
bh_double_param(double value)
{
	return (struct bh_param){.type = BH_PARAM_DOUBLE, .real = value};
}
static inline struct bh_param
bh_time_param(int64_t wall_ms)
{
	return (struct bh_param){.type = BH_PARAM_TIME, .number = wall_ms};
}
static inline struct bh_param
bh_null_param(enum bh_param_type type)
{
	return (struct bh_param){.type = type, .null = true};
}
/* What reads as zero from SQL NULL is written as SQL NULL. */
static inline struct bh_param
bh_uuid_or_null_param(const struct bh_uuid *id)
{
	return bh_uuid_param(bh_uuid_is_zero(id) ? NULL : id);
}
static inline struct bh_param
bh_time_or_null_param(int64_t wall_ms)
{
	return wall_ms != 0 ? bh_time_param(wall_ms) : bh_null_param(BH_PARAM_TIME);
}
/* SQL NULL unless it is known. */
static inline struct bh_param
bh_int_or_null_param(bool known, int64_t value)
{
	return known ? bh_int_param(value) : bh_null_param(BH_PARAM_INT);
}
static inline struct bh_param
bh_bytes_param(const void *bytes, size_t len)
{
	return (struct bh_param){.type = BH_PARAM_BYTES, .data = bytes, .len = len};
}
static inline struct bh_param
bh_digest_param(const struct bh_digest *digest)
{
	return bh_bytes_param(digest->bytes, sizeof(digest->bytes));
}
/* jsonb from its text; NULL is SQL NULL. */
static inline struct bh_param
bh_json_param(const char *json, size_t len)
{
	return (struct bh_param){.type = BH_PARAM_JSON, .data = json, .len = len};
}
static inline struct bh_param
bh_json_text_param(const char *json)
{
	return bh_json_param(json, json != NULL ? strlen(json) : 0);
}
/* pgvector's vector from floats; write $n::vector in the text. */
static inline struct bh_param
bh_vector_param(const float *floats, size_t count)
{
	return (struct bh_param){.type = BH_PARAM_VECTOR, .data = floats, .len = count};
}
static inline struct bh_param
bh_uuid_array_param(const struct bh_uuid *ids, size_t count)
{
	return (struct bh_param){.type = BH_PARAM_UUID_ARRAY, .data = ids, .len = count};
}
/* text[] from `const char *const *`; a NULL element is SQL NULL. */
static inline struct bh_param
bh_text_array_param(const char *const *texts, size_t count)
{
	return (struct bh_param){.type = BH_PARAM_TEXT_ARRAY, .data = texts, .len = count};
}
static inline struct bh_param
bh_int_array_param(const int64_t *values, size_t count)
{
	return (struct bh_param){.type = BH_PARAM_INT_ARRAY, .data = values, .len = count};
}
static inline struct bh_param
bh_double_array_param(const double *values, size_t count)
{
	return (struct bh_param){.type = BH_PARAM_DOUBLE_ARRAY, .data = values, .len = count};
}
/* bytea[]. */
static inline struct bh_param
bh_bytes_array_param(const struct bh_bytes *values, size_t count)
{
	return (struct bh_param){.type = BH_PARAM_BYTES_ARRAY, .data = values, .len = count};
}

static inline struct bh_param
bh_same_param(struct bh_param param)
{
	return param;
}

/* A list of parameters and its length. The C type says what ids, digests, texts, numbers (int64_t, double)
 * and truth values are; anything else is made by its function above. */
#define BH_PARAMS(...) \
	BH_PARAM_LIST(__VA_ARGS__), sizeof(BH_PARAM_LIST(__VA_ARGS__)) / sizeof(struct bh_param)
#define BH_PARAM_LIST(...) \
	(const struct bh_param[]) \
	{ \
		BH_AGAIN(BH_PARAM_STEP(__VA_ARGS__)) \
	}

#define BH_PARAM_STEP(value, ...) BH_PARAM(value), __VA_OPT__(BH_PARAM_NEXT BH_PARENS(__VA_ARGS__))
#define BH_PARAM_NEXT() BH_PARAM_STEP
#define BH_PARAM(value) \
	_Generic((value), struct bh_uuid *: bh_uuid_param, const struct bh_uuid *: bh_uuid_param, \
		struct bh_digest *: bh_digest_param, const struct bh_digest *: bh_digest_param, \
		char *: bh_text_param, const char *: bh_text_param, int64_t: bh_int_param, \
		double: bh_double_param, bool: bh_bool_param, struct bh_param: bh_same_param)(value)

#endif
