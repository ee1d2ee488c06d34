/* SPDX-License-Identifier: Apache-2.0 */
/* fields.h: objects described by tables: reading request bodies into structs, writing structs out. */
#ifndef BH_JSON_FIELDS_H
#define BH_JSON_FIELDS_H

#include "json/json.h"

enum bh_field_type {
	BH_FIELD_TEXT,   /* const char * ; least/most count code points */
	BH_FIELD_INT,    /* int64_t */
	BH_FIELD_DOUBLE, /* double */
	BH_FIELD_BOOL,   /* bool */
	BH_FIELD_ID,     /* struct bh_uuid ; `words` is its prefix, NULL for a bare UUID; empty: zero */
	BH_FIELD_TIME, /* int64_t, milliseconds; on the wire whole seconds, which the bounds count; empty: 0 */
	BH_FIELD_DATE,     /* int64_t, milliseconds; on the wire as in RFC 3339; answers only */
	BH_FIELD_MONEY,    /* int64_t, billionths; on the wire a decimal string */
	BH_FIELD_CHOICE,   /* const char * ; one of `words` ("float base64") */
	BH_FIELD_ENUM,     /* int ; the place of the word in `words`, from 0 */
	BH_FIELD_CONST,    /* no member; always the one word */
	BH_FIELD_WORDS,    /* const char *, "a b" ; on the wire an array of strings; answers only */
	BH_FIELD_METADATA, /* const char *, JSON text ; 16 strings of 512 code points under names of 64 */
	BH_FIELD_JSON,     /* const char *, JSON text of any kind */
	BH_FIELD_ANY,      /* const struct bh_json * ; checked by the handler */
	BH_FIELD_OBJECT,   /* with `fields`: a struct in place; without: const struct bh_json * */
	BH_FIELD_ARRAY, /* with `element`: a pointer to that many of its members (size_t at `count`); without:
	                    * const struct bh_json * ; least/most bound the count */
	BH_FIELD_UNION, /* one of `variants`, by its member "type": a struct in place that begins with
	                   * const char *type */
	BH_FIELD_MEMBERS, /* const char *, JSON text of an object ; has no name: its members stand here, as
	                   * its one variant describes them; answers only */
	BH_FIELD_IGNORED, /* accepted but ignored: a documented part of the API without effect here */
	BH_FIELD_REFUSED /* part of the API that is not supported: 400 unsupported_parameter with its name; null is fine */
};

enum bh_field_flags {
	BH_REQUIRED = 1, /* absent: BH_E_MISSING */
	BH_NULLABLE =
		2, /* null reads as absent; without it null is BH_E_TYPE. An answer may hold null */
	BH_NULL_IS_VALUE = 4, /* null is told by `set` and leaves the default; METADATA: "{}" */
	BH_OMIT = 8,          /* an answer leaves it out where it is empty; else that is null */
	BH_MIXED = 16,        /* METADATA: also numbers and booleans */
	BH_READ_ONLY = 32,    /* in answers only: BH_E_UNKNOWN_FIELD in a body */
	BH_WRITE_ONLY = 64,   /* in bodies only: no answer has it */
	BH_PARTIAL = 128,     /* UNION: the API has more types: BH_E_UNSUPPORTED, not BH_E_INVALID */
	/* OBJECT with `fields`, ARRAY with `element`: the member is a const struct bh_json * all the same,
	 * and what they name of it is written (bh_fields_pick). Who reads it checks its inside. */
	BH_PICKED = 256
};

struct bh_shape;

/* One member of a JSON object and of the struct that holds it. Most rows end with the bounds. */
struct bh_field {
	const char *name; /* "*" of IGNORED, the last row: every other member */
	enum bh_field_type type;
	size_t offset; /* of the member in the struct */
	unsigned flags;
	double least, most;            /* both 0: unbounded; most below least: without an upper end */
	const char *words;             /* see the types */
	size_t set;                    /* BH_SET of a bool that tells whether it is there; 0: none */
	const struct bh_field *fields; /* of an object's */
	size_t n_fields;
	const struct bh_field *element;  /* of an array: a row without a name and an offset */
	size_t count;                    /* offset of the number of elements */
	size_t bytes;                    /* of one element */
	const struct bh_shape *variants; /* of a union, by name */
	size_t n_variants;
	/* Instead of a member: an answer's value as its row makes it. NULL is empty. */
	const char *(*text_of)(const void *row);
	int64_t (*number_of)(const void *row);
	const void *(*object_of)(const void *row);
};

#define BH_SET(type, member) (offsetof(type, member) + 1)
/* `values` is the member that points to the elements, `n` the one that counts them. */
#define BH_ELEMENTS(type, values, n, row) \
	.element = (row), .count = offsetof(type, n), .bytes = sizeof(*((type *)0)->values)
#define BH_FIELDS(list) .fields = (list), .n_fields = BH_COUNT(list)
#define BH_VARIANTS(list) .variants = (list), .n_variants = BH_COUNT(list)

/* A described object: its name in api/openapi.yaml (of a variant: its type), its members, the size of its
 * struct. */
struct bh_shape {
	const char *name;
	const struct bh_field *fields;
	size_t n_fields;
	size_t bytes;
};

#define BH_OF(shape) (shape).fields, (shape).n_fields
#define BH_SHAPE(name, type, list) \
	{ \
		(name), (list), BH_COUNT(list), sizeof(type) \
	}

/* Reads `object` into `target` (already holding defaults). Members not in the table are
 * BH_E_UNKNOWN_FIELD. Every failure names the field (bh_error_param), prefixed by `at` ("" at the
 * top, "messages.0" below). Text and values are borrowed from the document; arrays and metadata lie in
 * the arena, which may be NULL where there are none. */
BH_MUST_CHECK int bh_fields_read(struct bh_arena *arena, const struct bh_json *object,
	const struct bh_field *fields, size_t n_fields, const char *at, void *target);

/* The variant whose name is the object's member "type"; NULL: none. */
const struct bh_shape *bh_shape_find(const struct bh_shape *variants, size_t n,
	const struct bh_json *object);

/* The sentence for an id that is malformed or of nothing: BH_E_NOT_FOUND. */
int bh_fields_missing(const char *at, const char *id);

/* Writer: appends JSON to a buffer and keeps commas right. Zeroed with .out set is ready.
 *     bh_write_object(&w); bh_write_name(&w, "id"); bh_write_text(&w, id); bh_write_end(&w); */
struct bh_write {
	struct bh_buf *out; /* borrowed */
	unsigned depth;
	bool filled[64]; /* whether the open container has an element yet */
	char close[64];  /* '}' or ']' */
	bool after_name;
};

void bh_write_object(struct bh_write *write);
void bh_write_array(struct bh_write *write);
void bh_write_end(struct bh_write *write);
void bh_write_name(struct bh_write *write, const char *name);
void bh_write_text(struct bh_write *write, const char *text); /* NULL writes null */
void bh_write_bytes(struct bh_write *write, const char *text, size_t len);
void bh_write_int(struct bh_write *write, int64_t value);
void bh_write_double(struct bh_write *write,
	double value); /* shortest round trip; not finite: null */
void bh_write_bool(struct bh_write *write, bool value);
void bh_write_null(struct bh_write *write);
void bh_write_json(struct bh_write *write, const struct bh_json *value); /* NULL writes null */
void bh_write_raw(struct bh_write *write, const char *json, size_t len); /* already serialised */

/* A struct as an object, member by member in the order of the rows. */
void bh_fields_write(struct bh_write *write, const struct bh_field *fields, size_t n_fields,
	const void *row);
/* Its members only, into an object that is open. */
void bh_fields_write_members(struct bh_write *write, const struct bh_field *fields, size_t n_fields,
	const void *row);
/* The variant that the struct's first member, const char *type, names. */
void bh_union_write(struct bh_write *write, const struct bh_shape *variants, size_t n,
	const void *row);

/* What a row names of a value from outside, and nothing else of it. A value that is absent or of another
 * type is empty, as is an object without a BH_REQUIRED member: null where the row is BH_NULLABLE; else
 * an array is [], an object has its members empty, an integer is 0, all else null. Elements of another
 * type are left out. TEXT, INT (from `least` on), BOOL, CONST, ANY, OBJECT and ARRAY can be picked;
 * IGNORED is always empty. */
void bh_fields_pick(struct bh_write *write, const struct bh_field *field,
	const struct bh_json *value);
/* The same of members, in the order of the rows. BH_OMIT leaves out what is empty, an array without
 * elements too, and a CONST where the object has no such text. */
void bh_fields_pick_members(struct bh_write *write, const struct bh_field *fields, size_t n_fields,
	const struct bh_json *object);

/* Name and value in one call, for the common cases. */
void bh_write_pair_text(struct bh_write *write, const char *name, const char *text);
void bh_write_pair_int(struct bh_write *write, const char *name, int64_t value);
void bh_write_pair_bool(struct bh_write *write, const char *name, bool value);
void bh_write_pair_double(struct bh_write *write, const char *name, double value);
void bh_write_pair_null(struct bh_write *write, const char *name);
void bh_write_pair_json(struct bh_write *write, const char *name, const struct bh_json *value);

#endif
