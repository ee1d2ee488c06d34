/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: PostgreSQL's binary values in our types; anything unexpected is refused. */
#include <string.h>

#include "base/error.h"
#include "db/wire.h"

#define EPOCH_MS INT64_C(946684800000) /* 2000-01-01, where PostgreSQL's time begins */

#define ROW_OF_ONE(type, column) \
	{ \
		(const struct bh_member[]){{column, 0}, {BH_COLUMN_END, 0}}, sizeof(type) \
	}

const struct bh_row bh_row_uuid = ROW_OF_ONE(struct bh_uuid, BH_COLUMN_UUID);
const struct bh_row bh_row_text = ROW_OF_ONE(const char *, BH_COLUMN_TEXT);
const struct bh_row bh_row_int = ROW_OF_ONE(int64_t, BH_COLUMN_INT);
const struct bh_row bh_row_bool = ROW_OF_ONE(bool, BH_COLUMN_BOOL);
const struct bh_row bh_row_bytes = ROW_OF_ONE(struct bh_bytes, BH_COLUMN_BYTES);

static bool
is_text(unsigned oid)
{
	return oid == BH_OID_TEXT || oid == BH_OID_VARCHAR || oid == BH_OID_NAME ||
		oid == BH_OID_JSON || oid == BH_OID_JSONB;
}

static bool
type_fits(enum bh_column_type type, unsigned oid)
{
	switch (type) {
	case BH_COLUMN_UUID:
		return oid == BH_OID_UUID;
	case BH_COLUMN_TEXT:
		return is_text(oid);
	case BH_COLUMN_INT:
		return oid == BH_OID_INT8 || oid == BH_OID_INT4 || oid == BH_OID_INT2 ||
			oid == BH_OID_TIMESTAMPTZ;
	case BH_COLUMN_BOOL:
		return oid == BH_OID_BOOL;
	case BH_COLUMN_DOUBLE:
		return oid == BH_OID_FLOAT8 || oid == BH_OID_FLOAT4;
	case BH_COLUMN_BYTES:
		return oid == BH_OID_BYTEA;
	/* vector's id differs between databases; its form is checked with each value. */
	case BH_COLUMN_FLOATS:
		return oid == BH_OID_FLOAT4_ARRAY || oid >= BH_OID_FIRST_USER;
	case BH_COLUMN_END:
		break;
	}
	return false;
}

int
bh_wire_check(enum bh_column_type type, unsigned oid, const char *name)
{
	if (type_fits(type, oid))
		return 0;
	return bh_error(BH_E_DB, "column %s has type %u instead of the expected one", name, oid);
}

static uint32_t
get32(const char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return __builtin_bswap32(word);
}

static uint64_t
get64(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return __builtin_bswap64(word);
}

static float
get_float(const char *at)
{
	uint32_t word = get32(at);
	float value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

static bool
decode_int(const char *value, size_t len, int64_t *out)
{
	uint16_t half;

	switch (len) {
	case 8:
		*out = (int64_t)get64(value);
		return true;
	case 4:
		*out = (int32_t)get32(value);
		return true;
	case 2:
		memcpy(&half, value, sizeof(half));
		*out = (int16_t)__builtin_bswap16(half);
		return true;
	default:
		return false;
	}
}

static bool
decode_double(const char *value, size_t len, double *out)
{
	uint64_t word;

	if (len == 4) {
		*out = (double)get_float(value);
		return true;
	}
	if (len != 8)
		return false;
	word = get64(value);
	memcpy(out, &word, sizeof(*out));
	return true;
}

/* vector: int16 dimensions, int16 of zero, the floats. */
static bool
decode_vector(const char *value, size_t len, struct bh_arena *arena, struct bh_floats *out)
{
	size_t count;
	float *floats;

	if (len < 4 || (get32(value) & 0xffff) != 0)
		return false;
	count = get32(value) >> 16;
	if (len != 4 + count * 4)
		return false;
	floats = bh_arena_array(arena, count, sizeof(*floats));
	for (size_t i = 0; i < count; i++)
		floats[i] = get_float(value + 4 + i * 4);
	*out = (struct bh_floats){.data = floats, .count = count};
	return true;
}

/* real[]: one dimension without nulls. */
static bool
decode_reals(const char *value, size_t len, struct bh_arena *arena, struct bh_floats *out)
{
	size_t count;
	float *floats;

	if (len == 12 && get32(value) == 0) {
		*out = (struct bh_floats){.data = bh_arena_alloc(arena, 1), .count = 0};
		return true;
	}
	if (len < 20 || get32(value) != 1 || get32(value + 4) != 0 || get32(value + 8) != BH_OID_FLOAT4)
		return false;
	count = get32(value + 12);
	if (len != 20 + count * 8)
		return false;
	floats = bh_arena_array(arena, count, sizeof(*floats));
	for (size_t i = 0; i < count; i++) {
		if (get32(value + 20 + i * 8) != 4)
			return false;
		floats[i] = get_float(value + 24 + i * 8);
	}
	*out = (struct bh_floats){.data = floats, .count = count};
	return true;
}

/* -infinity and infinity stay the ends; the rest rounds down, also before 2000. */
static bool
decode_time(const char *value, size_t len, int64_t *out)
{
	int64_t micros;

	if (len != 8)
		return false;
	micros = (int64_t)get64(value);
	*out = micros;
	if (micros != INT64_MIN && micros != INT64_MAX)
		*out = (micros - (micros % 1000 + 1000) % 1000) / 1000 + EPOCH_MS;
	return true;
}

static bool
decode_text(unsigned oid, const char *value, size_t len, struct bh_arena *arena, const char **out)
{
	if (oid == BH_OID_JSONB) {
		if (len < 1 || value[0] != 1)
			return false;
		value++;
		len--;
	}
	*out = bh_arena_copy(arena, value, len);
	return true;
}

static bool
decode_value(enum bh_column_type type, unsigned oid, const char *value, size_t len,
	struct bh_arena *arena, void *out)
{
	switch (type) {
	case BH_COLUMN_UUID:
		if (len != sizeof(struct bh_uuid))
			return false;
		memcpy(out, value, len);
		return true;
	case BH_COLUMN_TEXT:
		return decode_text(oid, value, len, arena, out);
	case BH_COLUMN_INT:
		return oid == BH_OID_TIMESTAMPTZ ? decode_time(value, len, out)
										 : decode_int(value, len, out);
	case BH_COLUMN_BOOL:
		if (len != 1)
			return false;
		*(bool *)out = value[0] != 0;
		return true;
	case BH_COLUMN_DOUBLE:
		return decode_double(value, len, out);
	case BH_COLUMN_BYTES:
		*(struct bh_bytes *)out = (struct bh_bytes){bh_arena_copy(arena, value, len), len};
		return true;
	case BH_COLUMN_FLOATS:
		return oid == BH_OID_FLOAT4_ARRAY ? decode_reals(value, len, arena, out)
										  : decode_vector(value, len, arena, out);
	case BH_COLUMN_END:
		break;
	}
	return false;
}

int
bh_wire_decode(enum bh_column_type type, unsigned oid, const char *name, const char *value,
	size_t len, struct bh_arena *arena, void *out)
{
	if (!decode_value(type, oid, value, len, arena, out))
		return bh_error(BH_E_DB,
			"column %s has a value of %zu bytes, which is invalid for its type", name, len);
	return 0;
}
