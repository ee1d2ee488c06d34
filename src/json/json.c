/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: strict parsing and compact writing; with index.c the only file that knows yyjson. */
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/node.h"

#define DEPTH_MAX 64u

/* Shorter texts are parsed at once: of 16 bytes a value, 64 KiB can only become 1 MiB. */
#define SCAN_BYTES_MIN (64 * BH_KIB)

/* Of any document: a block of the arena, and what yyjson keeps for itself. */
#define SPARE_BYTES (16 * BH_KIB)

static void *
node_alloc(void *arena, size_t bytes)
{
	return bh_arena_raw(arena, bytes);
}

static void *
node_grow(void *arena, void *node, size_t bytes_old, size_t bytes)
{
	return bh_arena_grow(arena, node, bytes_old, bytes);
}

/* A document is thrown away whole: nothing of it is freed one by one. */
static void
node_free(void *arena, void *node)
{
	(void)arena;
	(void)node;
}

/* The kind of fault only: the content may be private. */
static const char *
fault(const yyjson_read_err *error, const char *text, size_t len)
{
	switch (error->code) {
	case YYJSON_READ_ERROR_EMPTY_CONTENT:
		return "the text is empty";
	case YYJSON_READ_ERROR_UNEXPECTED_CONTENT:
		return "unexpected data after the value";
	case YYJSON_READ_ERROR_UNEXPECTED_END:
		return "unexpected end";
	case YYJSON_READ_ERROR_INVALID_STRING:
		return bh_text_is_utf8(text, len) ? "invalid character or escape in a string"
										  : "invalid UTF-8";
	case YYJSON_READ_ERROR_INVALID_NUMBER:
		return "invalid number";
	default:
		return "syntax error";
	}
}

#define TOO_DEEP "nested deeper than 64 levels"

/* Line and column (in code points) of a byte of the text. */
static int
refuse(const char *text, size_t len, size_t at, const char *why)
{
	size_t line = 1, start = 0;

	if (at > len)
		at = len;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	return bh_error(BH_E_JSON, "Invalid JSON at line %zu, column %zu: %s.", line,
		bh_text_points(text + start, at - start) + 1, why);
}

/* The parser takes memory for every bracket that it sees, so the depth of a long text is measured
 * before: 8 MiB of brackets would be 128 MiB of values. */
static int
check_depth(const char *text, size_t len)
{
	unsigned depth = 0;
	bool string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (string && c == '\\')
			i++;
		else if (c == '"')
			string = !string;
		else if (!string && (c == '[' || c == '{') && ++depth > DEPTH_MAX)
			return refuse(text, len, i, TOO_DEEP);
		else if (!string && (c == ']' || c == '}') && depth > 0)
			depth--;
	}
	return 0;
}

/* A long text with few brackets cannot be deep. */
static bool
may_be_deep(const char *text, size_t len)
{
	size_t brackets = 0;

	if (len < SCAN_BYTES_MIN)
		return false; /* check_all measures it */
	for (size_t i = 0; i < len; i++)
		brackets += (text[i] | 0x20) == '{'; /* '[' and '{' differ in this bit */
	return brackets > DEPTH_MAX;
}

/* A fault that shows in a value, after reading; zeroed means none. */
struct finding {
	const struct bh_json *value;
	const char *why;
};

/* What yyjson lets pass and we do not. */
static const char *
check_value(struct bh_json *value)
{
	yyjson_val *yy = &value->yy;

	switch (unsafe_yyjson_get_type(yy)) {
	case YYJSON_TYPE_RAW: /* neither an int64_t nor a double can hold it */
		return "number out of range";
	case YYJSON_TYPE_NUM:
		if (unsafe_yyjson_is_uint(yy) && unsafe_yyjson_get_uint(yy) > INT64_MAX)
			return "number out of range";
		return NULL;
	case YYJSON_TYPE_STR:
		if (memchr(yy->uni.str, '\0', unsafe_yyjson_get_len(yy)) != NULL)
			return "NUL character in a string";
		return NULL;
	default:
		return NULL;
	}
}

/* Checks every value, and indexes the large containers on the way. */
static struct finding
check_all(struct bh_json_doc *doc, size_t count)
{
	const struct bh_json *ends[DEPTH_MAX], *twice;
	unsigned depth = 0;

	for (struct bh_json *at = doc->root; at < doc->root + count; at++) {
		const char *why = check_value(at);

		if (why != NULL)
			return (struct finding){at, why};
		if (!bh_json_is_container(at))
			continue;
		while (depth > 0 && at >= ends[depth - 1])
			depth--;
		if (depth == DEPTH_MAX)
			return (struct finding){at, TOO_DEEP};
		ends[depth++] = bh_json_after(at);
		twice = bh_json_index(&doc->arena, at);
		if (twice != NULL)
			return (struct finding){twice, "duplicate name in an object"};
	}
	return (struct finding){0};
}

static size_t
token_end(const char *text, size_t len, size_t at)
{
	if (text[at] == '[' || text[at] == '{')
		return at + 1;
	if (text[at] != '"') {
		while (at < len && strchr(" \t\r\n,:[]{}", text[at]) == NULL)
			at++;
		return at;
	}
	for (at++; at < len && text[at] != '"'; at++)
		at += text[at] == '\\';
	return at + 1;
}

/* Where the value of this number begins in a text that was read without a fault. */
static size_t
place_of(const char *text, size_t len, size_t number)
{
	size_t at = 0;

	while (at < len) {
		if (strchr(" \t\r\n,:]}", text[at]) != NULL)
			at++;
		else if (number-- == 0)
			return at;
		else
			at = token_end(text, len, at);
	}
	return len;
}

int
bh_json_parse(const char *text, size_t len, struct bh_json_doc *out)
{
	struct bh_json_doc doc = {0};
	const yyjson_alc memory = {node_alloc, node_grow, node_free, &doc.arena};
	yyjson_read_err error;
	struct finding found;
	yyjson_doc *read;
	int rc;

	rc = may_be_deep(text, len) ? check_depth(text, len) : 0;
	if (rc < 0)
		return rc;
	if (len == 0)
		return refuse(text, 0, 0, "the text is empty");

	/* Without INSITU the text is copied first and never written. */
	read = yyjson_read_opts((char *)(uintptr_t)text, len, YYJSON_READ_BIGNUM_AS_RAW, &memory,
		&error);
	if (read == NULL) {
		bh_json_close(&doc);
		return refuse(text, len, error.pos, fault(&error, text, len));
	}
	doc.root = (struct bh_json *)read->root;
	found = check_all(&doc, read->val_read);
	if (found.value != NULL) {
		rc = refuse(text, len, place_of(text, len, (size_t)(found.value - doc.root)), found.why);
		bh_json_close(&doc);
		return rc;
	}
	*out = doc;
	return 0;
}

/* A value takes 16 bytes, and 4 in its container's index; room that grows by half is at most half
 * empty. Each value but the first follows one of four characters, and none follows an empty bracket. */
size_t
bh_json_bytes(const char *text, size_t len)
{
	const size_t most = 13 * len + SPARE_BYTES;
	size_t values = 1;

	if (text == NULL || len < SCAN_BYTES_MIN)
		return most;
	for (size_t i = 0; i < len; i++) {
		char c = text[i], before = i > 0 ? text[i - 1] : 0;

		values += (size_t)((c == ',') | (c == ':') | ((c | 0x20) == '{'));
		values -= (size_t)(((c | 0x20) == '}') & ((before | 0x20) == '{'));
	}
	/* Characters within strings were counted too. */
	return 24 * values > 12 * len ? most : len + 24 * values + SPARE_BYTES;
}

void
bh_json_close(struct bh_json_doc *doc)
{
	bh_arena_close(&doc->arena);
	doc->root = NULL;
}

/* Reads only, so yyjson may have the value without the const that its functions lack. */
static yyjson_val *
inner(const struct bh_json *value)
{
	return (yyjson_val *)(uintptr_t)&value->yy;
}

static bool
is_type(const struct bh_json *value, yyjson_type type)
{
	return value != NULL && unsafe_yyjson_get_type(inner(value)) == type;
}

enum bh_json_kind
bh_json_kind(const struct bh_json *value)
{
	if (value == NULL)
		return BH_JSON_NONE;
	switch (unsafe_yyjson_get_type(inner(value))) {
	case YYJSON_TYPE_OBJ:
		return BH_JSON_OBJECT;
	case YYJSON_TYPE_ARR:
		return BH_JSON_ARRAY;
	case YYJSON_TYPE_STR:
		return BH_JSON_STRING;
	case YYJSON_TYPE_NUM:
		return unsafe_yyjson_is_real(inner(value)) ? BH_JSON_REAL : BH_JSON_INT;
	case YYJSON_TYPE_BOOL:
		return BH_JSON_BOOL;
	default:
		return BH_JSON_NULL;
	}
}

const char *
bh_json_string(const struct bh_json *value)
{
	return is_type(value, YYJSON_TYPE_STR) ? value->yy.uni.str : NULL;
}

size_t
bh_json_string_len(const struct bh_json *value)
{
	return is_type(value, YYJSON_TYPE_STR) ? unsafe_yyjson_get_len(inner(value)) : 0;
}

const char *
bh_json_text(const struct bh_json *object, const char *name)
{
	return bh_json_string(bh_json_get(object, name));
}

bool
bh_json_int(const struct bh_json *value, int64_t *out)
{
	if (bh_json_kind(value) != BH_JSON_INT)
		return false;
	*out = value->yy.uni.i64; /* check_value leaves none above INT64_MAX */
	return true;
}

bool
bh_json_number(const struct bh_json *value, double *out)
{
	if (!is_type(value, YYJSON_TYPE_NUM))
		return false;
	*out = unsafe_yyjson_is_real(inner(value)) ? value->yy.uni.f64 : (double)value->yy.uni.i64;
	return true;
}

bool
bh_json_bool(const struct bh_json *value, bool *out)
{
	if (!is_type(value, YYJSON_TYPE_BOOL))
		return false;
	*out = unsafe_yyjson_get_bool(inner(value));
	return true;
}

const struct bh_json *
bh_json_get(const struct bh_json *object, const char *name)
{
	const struct bh_json *found;

	if (!is_type(object, YYJSON_TYPE_OBJ))
		return NULL;
	found = bh_json_index_find(object, name, strlen(name));
	return found == NULL ? NULL : found + 1;
}

const char *
bh_json_get_string(const struct bh_json *object, const char *name)
{
	return bh_json_string(bh_json_get(object, name));
}

int64_t
bh_json_get_int(const struct bh_json *object, const char *name, int64_t preset)
{
	int64_t value = preset;

	bh_json_int(bh_json_get(object, name), &value);
	return value;
}

const struct bh_json *
bh_json_at(const struct bh_json *array, size_t i)
{
	const struct bh_json_index *index;
	const struct bh_json *element;

	if (!is_type(array, YYJSON_TYPE_ARR) || i >= unsafe_yyjson_get_len(inner(array)))
		return NULL;
	index = bh_json_index_of(array);
	if (index != NULL)
		return array + index->at[i];
	if (unsafe_yyjson_arr_is_flat(inner(array)))
		return array + 1 + i;
	for (element = array + 1; i > 0; i--)
		element = bh_json_after(element);
	return element;
}

size_t
bh_json_count(const struct bh_json *value)
{
	if (value == NULL || !bh_json_is_container(value))
		return 0;
	return unsafe_yyjson_get_len(inner(value));
}

bool
bh_json_next(const struct bh_json *object, void **cursor, const char **out_name,
	const struct bh_json **out_value)
{
	const struct bh_json *name = *cursor;

	if (!is_type(object, YYJSON_TYPE_OBJ))
		return false;
	name = name == NULL ? object + 1 : bh_json_after(name + 1);
	if (name >= bh_json_after(object))
		return false;
	*cursor = (void *)(uintptr_t)name;
	*out_name = name->yy.uni.str;
	*out_value = name + 1;
	return true;
}

size_t
bh_json_text_bytes(const struct bh_json *value)
{
	size_t bytes = 0;

	if (value == NULL)
		return 0;
	for (const struct bh_json *at = value, *end = bh_json_after(value); at < end; at++)
		bytes += bh_json_string_len(at);
	return bytes;
}

void
bh_json_append_texts(struct bh_buf *out, const struct bh_json *value)
{
	if (value == NULL)
		return;
	for (const struct bh_json *at = value, *end = bh_json_after(value); at < end; at++) {
		if (bh_json_kind(at) != BH_JSON_STRING)
			continue;
		bh_buf_add(out, bh_json_string(at), bh_json_string_len(at));
		bh_buf_char(out, '\n');
	}
}

/* A real keeps its point, so that it reads as a real again. */
static void
append_real(struct bh_buf *out, double value)
{
	char text[40] = "";

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) >= value && strtod(text, NULL) <= value)
			break;
	}
	bh_buf_text(out, text);
	if (strpbrk(text, ".e") == NULL)
		bh_buf_text(out, ".0");
}

static void append(struct bh_buf *out, const struct bh_json *value);

static void
append_array(struct bh_buf *out, const struct bh_json *array)
{
	const struct bh_json *end = bh_json_after(array);

	bh_buf_char(out, '[');
	for (const struct bh_json *at = array + 1; at < end; at = bh_json_after(at)) {
		if (at != array + 1)
			bh_buf_char(out, ',');
		append(out, at);
	}
	bh_buf_char(out, ']');
}

static void
append_object(struct bh_buf *out, const struct bh_json *object)
{
	const struct bh_json *end = bh_json_after(object);

	bh_buf_char(out, '{');
	for (const struct bh_json *name = object + 1; name < end; name = bh_json_after(name + 1)) {
		if (name != object + 1)
			bh_buf_char(out, ',');
		append(out, name);
		bh_buf_char(out, ':');
		append(out, name + 1);
	}
	bh_buf_char(out, '}');
}

/* Recurses at most DEPTH_MAX deep: every value came from bh_json_parse. */
static void
append(struct bh_buf *out, const struct bh_json *value)
{
	switch (bh_json_kind(value)) {
	case BH_JSON_OBJECT:
		append_object(out, value);
		break;
	case BH_JSON_ARRAY:
		append_array(out, value);
		break;
	case BH_JSON_STRING:
		bh_text_json(out, value->yy.uni.str, unsafe_yyjson_get_len(inner(value)));
		break;
	case BH_JSON_INT:
		bh_buf_int(out, value->yy.uni.i64);
		break;
	case BH_JSON_REAL:
		append_real(out, value->yy.uni.f64);
		break;
	case BH_JSON_BOOL:
		bh_buf_text(out, unsafe_yyjson_get_bool(inner(value)) ? "true" : "false");
		break;
	case BH_JSON_NONE:
	case BH_JSON_NULL:
		bh_buf_text(out, "null");
		break;
	}
}

void
bh_json_append(struct bh_buf *out, const struct bh_json *value)
{
	append(out, value);
}
