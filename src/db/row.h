/* SPDX-License-Identifier: Apache-2.0 */
/* row.h: what a result's row is read into: a struct, its members in the order of the SELECT list.
 *
 * A list is written once, beside its row, and stands in every statement that gives such rows:
 *
 *     #define KEY_COLUMNS "id, name, created_at"
 *     static const struct bh_row key_row = BH_ROW(struct auth_key, id, name, created_ms);
 *
 *     static const char sql[] = "SELECT " KEY_COLUMNS " FROM api_key WHERE …";
 *     return bh_db_read_one(db, sql, BH_LIST(params), &key_row, out); */
#ifndef BH_DB_ROW_H
#define BH_DB_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/param.h"

/* The member's type says how a column is read; the server's type must match it. SQL NULL reads as zero. */
enum bh_column_type {
	BH_COLUMN_END,    /* of a row */
	BH_COLUMN_UUID,   /* struct bh_uuid */
	BH_COLUMN_TEXT,   /* const char * in the arena (text, varchar, name, json, jsonb as text) */
	BH_COLUMN_INT,    /* int64_t (int2, int4, int8; timestamptz as ms since 1970) */
	BH_COLUMN_BOOL,   /* bool */
	BH_COLUMN_DOUBLE, /* double (float4, float8) */
	BH_COLUMN_BYTES,  /* struct bh_bytes in the arena */
	BH_COLUMN_FLOATS  /* struct bh_floats in the arena (vector, real[]) */
};

struct bh_floats {
	const float *data;
	size_t count;
};

/* One column. */
struct bh_member {
	enum bh_column_type type;
	size_t offset; /* in the row's struct */
};

struct bh_row {
	const struct bh_member *members; /* up to BH_COLUMN_END */
	size_t bytes;                    /* of the struct; BH_ROW_BYTES_MAX at most */
};

enum { BH_ROW_BYTES_MAX = 1024 };

/* Rows of one column, read into a variable of its type. */
extern const struct bh_row bh_row_uuid, bh_row_text, bh_row_int, bh_row_bool, bh_row_bytes;

/* The row of a struct's members by their names ("id", "usage.input"), 64 at most. Whatever is not named is
 * zero after the reading. What it makes is static at file scope, and the block's elsewhere. */
#define BH_ROW(of, ...) \
	{ \
		(const struct bh_member[]){BH_AGAIN(BH_ROW_STEP(of, __VA_ARGS__)){BH_COLUMN_END, 0}}, \
			sizeof(of) \
	}

#define BH_ROW_MEMBER(of, member) \
	{ \
		_Generic(((of *)0)->member, struct bh_uuid: BH_COLUMN_UUID, const char *: BH_COLUMN_TEXT, \
		int64_t: BH_COLUMN_INT, bool: BH_COLUMN_BOOL, double: BH_COLUMN_DOUBLE, \
		struct bh_bytes: BH_COLUMN_BYTES, struct bh_floats: BH_COLUMN_FLOATS), \
		offsetof(of, member) \
	}

/* A member, and a call for those that are left. */
#define BH_ROW_STEP(of, member, ...) \
	BH_ROW_MEMBER(of, member), __VA_OPT__(BH_ROW_NEXT BH_PARENS(of, __VA_ARGS__))
#define BH_ROW_NEXT() BH_ROW_STEP

#endif
