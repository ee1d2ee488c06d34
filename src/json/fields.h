/* fields.h: objects described by tables: reading request bodies into structs, writing structs out. */
#ifndef BH_JSON_FIELDS_H
#define BH_JSON_FIELDS_H

#include "json/json.h"

enum bh_field_type {
	BH_FIELD_TEXT,    /* const char * ; string; least/most count code points */
	BH_FIELD_INT,     /* int64_t ; least/most bound it */
	BH_FIELD_DOUBLE,  /* double ; least/most bound it */
	BH_FIELD_BOOL,    /* bool */
	BH_FIELD_ANY,     /* const struct bh_json * ; any value, checked by the handler */
	BH_FIELD_OBJECT,  /* const struct bh_json * */
	BH_FIELD_ARRAY,   /* const struct bh_json * ; least/most bound its count */
	BH_FIELD_IGNORED, /* accepted, not read: a documented part of the API without effect here */
	BH_FIELD_REFUSED  /* part of the API we do not do: 400 unsupported_parameter naming it */
};

enum bh_field_flags {
	BH_REQUIRED = 1, /* absent: BH_E_MISSING */
	BH_NULLABLE = 2  /* JSON null reads as absent; without it null is BH_E_TYPE */
};

/* One member of an object read from a client. */
struct bh_field {
	const char *name;
	enum bh_field_type type;
	unsigned flags;
	double least, most; /* both 0: unbounded */
	size_t offset;      /* of the member in the target struct */
	size_t set_offset;  /* of a bool told whether the member was there; SIZE_MAX for none */
};

#define BH_NO_SET ((size_t)-1)

/* Reads `object` into `target` (already holding defaults). Members not in the table are
 * BH_E_UNKNOWN_FIELD. Every failure names the field (bh_error_param), prefixed by `at` ("" at the
 * top, "messages.0" below). Text and values are borrowed from the document. */
BH_MUST_CHECK int bh_fields_read(const struct bh_json *object, const struct bh_field *fields,
	size_t n_fields, const char *at, void *target);

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

/* Name and value in one call, for the common cases. */
void bh_write_pair_text(struct bh_write *write, const char *name, const char *text);
void bh_write_pair_int(struct bh_write *write, const char *name, int64_t value);
void bh_write_pair_bool(struct bh_write *write, const char *name, bool value);
void bh_write_pair_double(struct bh_write *write, const char *name, double value);
void bh_write_pair_null(struct bh_write *write, const char *name);
void bh_write_pair_json(struct bh_write *write, const char *name, const struct bh_json *value);

#endif
