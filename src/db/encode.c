/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: our parameters in PostgreSQL's binary forms. */
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "db/wire.h"

enum { ARRAY_HEAD = 20, VALUE_BYTES_MAX = 1000000000 };
#define EPOCH_MS INT64_C(946684800000) /* 2000-01-01, where PostgreSQL's time begins */

static const unsigned oids[] = {
	[BH_PARAM_UUID] = BH_OID_UUID,
	[BH_PARAM_TEXT] = BH_OID_TEXT,
	[BH_PARAM_INT] = BH_OID_INT8,
	[BH_PARAM_BOOL] = BH_OID_BOOL,
	[BH_PARAM_DOUBLE] = BH_OID_FLOAT8,
	[BH_PARAM_TIME] = BH_OID_TIMESTAMPTZ,
	[BH_PARAM_BYTES] = BH_OID_BYTEA,
	[BH_PARAM_JSON] = BH_OID_JSONB,
	[BH_PARAM_VECTOR] = 0, /* the server infers it from the text's $n::vector */
	[BH_PARAM_UUID_ARRAY] = BH_OID_UUID_ARRAY,
	[BH_PARAM_TEXT_ARRAY] = BH_OID_TEXT_ARRAY,
	[BH_PARAM_INT_ARRAY] = BH_OID_INT8_ARRAY,
	[BH_PARAM_DOUBLE_ARRAY] = BH_OID_FLOAT8_ARRAY,
	[BH_PARAM_BYTES_ARRAY] = BH_OID_BYTEA_ARRAY,
};

static char *
put32(char *at, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static char *
put64(char *at, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static char *
put_bytes(char *at, const void *bytes, size_t len)
{
	if (len > 0)
		memcpy(at, bytes, len);
	return at + len;
}

/* A type of elements, and how one is measured and written (its length word apart). */
struct element {
	unsigned oid;
	size_t (*bytes)(const void *data, size_t index); /* SIZE_MAX for SQL NULL */
	char *(*put)(char *at, const void *data, size_t index);
};

static size_t
uuid_bytes(const void *data, size_t index)
{
	(void)data;
	(void)index;
	return sizeof(struct bh_uuid);
}

static char *
uuid_put(char *at, const void *data, size_t index)
{
	return put_bytes(at, ((const struct bh_uuid *)data)[index].bytes, sizeof(struct bh_uuid));
}

static size_t
word_bytes(const void *data, size_t index)
{
	(void)data;
	(void)index;
	return 8;
}

/* bigint and double precision alike: eight bytes, the most significant first. */
static char *
word_put(char *at, const void *data, size_t index)
{
	uint64_t word;

	memcpy(&word, (const char *)data + index * 8, sizeof(word));
	return put64(at, word);
}

static size_t
text_bytes(const void *data, size_t index)
{
	const char *text = ((const char *const *)data)[index];

	return text != NULL ? strlen(text) : SIZE_MAX;
}

static char *
text_put(char *at, const void *data, size_t index)
{
	const char *text = ((const char *const *)data)[index];

	return put_bytes(at, text, strlen(text));
}

static size_t
bytes_bytes(const void *data, size_t index)
{
	return ((const struct bh_bytes *)data)[index].len;
}

static char *
bytes_put(char *at, const void *data, size_t index)
{
	const struct bh_bytes *bytes = &((const struct bh_bytes *)data)[index];

	return put_bytes(at, bytes->data, bytes->len);
}

static const struct element *
element_of(enum bh_param_type type)
{
	static const struct element uuids = {BH_OID_UUID, uuid_bytes, uuid_put};
	static const struct element texts = {BH_OID_TEXT, text_bytes, text_put};
	static const struct element ints = {BH_OID_INT8, word_bytes, word_put};
	static const struct element doubles = {BH_OID_FLOAT8, word_bytes, word_put};
	static const struct element blobs = {BH_OID_BYTEA, bytes_bytes, bytes_put};

	switch (type) {
	case BH_PARAM_UUID_ARRAY:
		return &uuids;
	case BH_PARAM_TEXT_ARRAY:
		return &texts;
	case BH_PARAM_INT_ARRAY:
		return &ints;
	case BH_PARAM_DOUBLE_ARRAY:
		return &doubles;
	case BH_PARAM_BYTES_ARRAY:
		return &blobs;
	default:
		return NULL;
	}
}

/* Room a parameter takes in the scratch buffer; 0 for one that is sent from where it lies. */
static size_t
scratch_bytes(const struct bh_param *param)
{
	const struct element *element = element_of(param->type);
	size_t bytes = ARRAY_HEAD;

	if (param->null || param->data == NULL)
		return 0;
	if (param->type == BH_PARAM_JSON)
		return param->len + 1;
	if (param->type == BH_PARAM_VECTOR)
		return 4 + param->len * 4;
	if (element == NULL)
		return 0;
	for (size_t i = 0; i < param->len; i++) {
		size_t len = element->bytes(param->data, i);

		bytes += 4 + (len != SIZE_MAX ? len : 0);
	}
	return bytes;
}

static char *
array_put(char *at, const struct bh_param *param, const struct element *element)
{
	char *flags;
	bool nulls = false;

	at = put32(at, param->len > 0); /* dimensions: none when empty */
	flags = at;
	at = put32(at, 0);
	at = put32(at, element->oid);
	if (param->len == 0)
		return at;
	at = put32(at, (uint32_t)param->len);
	at = put32(at, 1); /* SQL counts from one */
	for (size_t i = 0; i < param->len; i++) {
		size_t len = element->bytes(param->data, i);

		if (len == SIZE_MAX) {
			nulls = true;
			at = put32(at, UINT32_MAX);
			continue;
		}
		at = put32(at, (uint32_t)len);
		at = element->put(at, param->data, i);
	}
	put32(flags, nulls);
	return at;
}

static char *
vector_put(char *at, const struct bh_param *param)
{
	const float *floats = param->data;

	at = put32(at, (uint32_t)param->len << 16); /* int16 dimensions, int16 of zero */
	for (size_t i = 0; i < param->len; i++) {
		uint32_t word;

		memcpy(&word, &floats[i], sizeof(word));
		at = put32(at, word);
	}
	return at;
}

/* Writes what does not lie ready in memory; returns the end. */
static char *
scratch_put(char *at, const struct bh_param *param)
{
	if (param->type == BH_PARAM_VECTOR)
		return vector_put(at, param);
	if (param->type == BH_PARAM_JSON) {
		*at = 1; /* the version of jsonb's binary form, then its text */
		return put_bytes(at + 1, param->data, param->len);
	}
	return array_put(at, param, element_of(param->type));
}

/* A parameter that lies ready, or fits the eight fixed bytes. Returns its length. */
static size_t
direct_put(const struct bh_param *param, uint8_t fixed[8], const char **out)
{
	uint64_t word = (uint64_t)param->number;

	*out = (const char *)fixed;
	switch (param->type) {
	case BH_PARAM_BOOL:
		fixed[0] = param->number != 0;
		return 1;
	case BH_PARAM_TIME:
		word = ((uint64_t)param->number - (uint64_t)EPOCH_MS) * 1000;
		break;
	case BH_PARAM_DOUBLE:
		memcpy(&word, &param->real, sizeof(word));
		break;
	case BH_PARAM_INT:
		break;
	case BH_PARAM_UUID:
		*out = param->data;
		return sizeof(struct bh_uuid);
	default: /* text and bytes */
		*out = param->data;
		return param->len != SIZE_MAX ? param->len : strlen(param->data);
	}
	put64((char *)fixed, word);
	return sizeof(word);
}

static bool
is_pointer(enum bh_param_type type)
{
	return type != BH_PARAM_INT && type != BH_PARAM_BOOL && type != BH_PARAM_DOUBLE &&
		type != BH_PARAM_TIME;
}

int
bh_wire_encode(const struct bh_param *params, size_t n_params, struct bh_buf *scratch,
	struct bh_wire_params *out)
{
	size_t total = 0, len;
	char *at;

	BH_ASSERT(n_params <= BH_PARAMS_MAX);
	for (size_t i = 0; i < n_params; i++) {
		if (params[i].len != SIZE_MAX && params[i].len > VALUE_BYTES_MAX)
			return bh_error(BH_E_TOO_LARGE, "parameter %zu is larger than 1 GB", i + 1);
		total += scratch_bytes(&params[i]);
	}
	if (total > VALUE_BYTES_MAX)
		return bh_error(BH_E_TOO_LARGE, "the parameters are larger than 1 GB in total");
	bh_buf_reset(scratch);
	at = total > 0 ? bh_buf_room(scratch, total) : NULL;

	for (size_t i = 0; i < n_params; i++) {
		const struct bh_param *param = &params[i];

		out->oids[i] = oids[param->type];
		out->formats[i] = 1;
		out->values[i] = NULL;
		out->lengths[i] = 0;
		if (param->null || (is_pointer(param->type) && param->data == NULL))
			continue;
		if (scratch_bytes(param) > 0) {
			out->values[i] = at;
			at = scratch_put(at, param);
			out->lengths[i] = (int)(at - out->values[i]);
			continue;
		}
		len = direct_put(param, out->fixed[i], &out->values[i]);
		if (len > VALUE_BYTES_MAX)
			return bh_error(BH_E_TOO_LARGE, "parameter %zu is larger than 1 GB", i + 1);
		out->lengths[i] = (int)len;
	}
	return 0;
}
