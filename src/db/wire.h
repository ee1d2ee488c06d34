/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h: PostgreSQL's binary forms of our parameter and column types. Private to src/db. */
#ifndef BH_DB_WIRE_H
#define BH_DB_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "db/db.h"

enum { BH_PARAMS_MAX = 64 };

/* Object ids of built-in types; they are part of PostgreSQL's protocol and never change. */
enum bh_oid {
	BH_OID_BOOL = 16,
	BH_OID_BYTEA = 17,
	BH_OID_NAME = 19,
	BH_OID_INT8 = 20,
	BH_OID_INT2 = 21,
	BH_OID_INT4 = 23,
	BH_OID_TEXT = 25,
	BH_OID_JSON = 114,
	BH_OID_FLOAT4 = 700,
	BH_OID_FLOAT8 = 701,
	BH_OID_BYTEA_ARRAY = 1001,
	BH_OID_TEXT_ARRAY = 1009,
	BH_OID_INT8_ARRAY = 1016,
	BH_OID_FLOAT4_ARRAY = 1021,
	BH_OID_FLOAT8_ARRAY = 1022,
	BH_OID_VARCHAR = 1043,
	BH_OID_TIMESTAMPTZ = 1184,
	BH_OID_UUID = 2950,
	BH_OID_UUID_ARRAY = 2951,
	BH_OID_JSONB = 3802,
	BH_OID_FIRST_USER = 16384 /* types of extensions; pgvector's among them */
};

/* Parameters as libpq wants them. Values point into the caller's memory, `scratch` or `fixed`. */
struct bh_wire_params {
	const char *values[BH_PARAMS_MAX];
	int lengths[BH_PARAMS_MAX];
	int formats[BH_PARAMS_MAX];
	unsigned oids[BH_PARAMS_MAX];
	uint8_t fixed[BH_PARAMS_MAX][8];
};

/* Encodes. Not to be moved afterwards: values may point into itself. BH_E_TOO_LARGE past 1 GB. */
BH_MUST_CHECK int bh_wire_encode(const struct bh_param *params, size_t n_params,
	struct bh_buf *scratch, struct bh_wire_params *out);

/* BH_E_DB unless a column of this server type can be read as `type`; names the column. */
BH_MUST_CHECK int bh_wire_check(enum bh_column_type type, unsigned oid, const char *name);

/* Decodes one value that is not SQL NULL. BH_E_DB when the bytes are malformed. */
BH_MUST_CHECK int bh_wire_decode(enum bh_column_type type, unsigned oid, const char *name,
	const char *value, size_t len, struct bh_arena *arena, void *out);

#endif
