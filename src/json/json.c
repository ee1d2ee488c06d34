/* json.c: strict parsing and compact writing; the only file that knows jansson. */
#include "json/json.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define DEPTH_MAX 64u

/* struct bh_json is never defined: a pointer to one is jansson's pointer under our name. */
static json_t *
inner(const struct bh_json *value)
{
	return (json_t *)(uintptr_t)value;
}

static struct bh_json *
outer(json_t *value)
{
	return (struct bh_json *)value;
}

/* A document is built at once, never changed, and thrown away whole: its nodes come from an arena, and
 * nothing is freed one by one. The arena of the document that this thread is parsing: */
static _Thread_local struct bh_arena *nodes;

static void *
node_alloc(size_t bytes)
{
	BH_ASSERT(nodes != NULL); /* jansson allocates while it parses and at no other time */
	return bh_arena_alloc(nodes, bytes);
}

static void
node_free(void *node)
{
	(void)node;
}

static void
use_arenas(void)
{
	json_set_alloc_funcs(node_alloc, node_free);
}

/* jansson's own message quotes the content, which may be private: the kind of fault only. */
static const char *
fault(enum json_error_code code)
{
	switch (code) {
	case json_error_duplicate_key:
		return "a name occurs twice in one object";
	case json_error_invalid_utf8:
		return "invalid UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a NUL character in a string";
	case json_error_numeric_overflow:
		return "a number is out of range";
	case json_error_end_of_input_expected:
		return "more follows the value";
	case json_error_premature_end_of_input:
		return "the text ends too early";
	default:
		return "syntax error";
	}
}

/* The most that jansson takes from the arena for what a character begins, growth included, since
 * nothing it outgrows is freed: an object or array with the place of its first element, a further
 * element, a member's name, a string's rounding. The bytes of texts are few beside it. */
enum {
	OBJECT_BYTES = 272,
	ARRAY_BYTES = 176,
	ELEMENT_BYTES = 64,
	MEMBER_BYTES = 104,
	STRING_BYTES = 16
};

static const uint16_t costs[256] = {
	['{'] = OBJECT_BYTES,
	['['] = ARRAY_BYTES,
	[','] = ELEMENT_BYTES,
	[':'] = MEMBER_BYTES,
	['"'] = STRING_BYTES / 2, /* and as much for the one at its end */
};

/* A text's nodes may take this many times its own bytes, and this much in any case. Token ids of three
 * digits stay below it in any number, and the smallest chat messages up to some 90,000; of empty
 * objects 8 MiB would take 640 MiB. */
#define MEMORY_TIMES 16u
#define MEMORY_ALWAYS (16u * BH_MIB)

/* Documents that took more give their memory back to the system and not to the heap alone. */
#define MEMORY_KEPT_MAX (4u * BH_MIB)

/* What there can be at most, as if no character stood in a string; few texts come near a limit. */
struct most {
	size_t brackets, bytes;
};

static struct most
count_most(const char *text, size_t len)
{
	struct most most = {0};

	for (size_t i = 0; i < len; i++)
		most.brackets += (text[i] | 0x20) == '{'; /* '[' and '{' differ in this bit */
	if (len > MEMORY_ALWAYS / OBJECT_BYTES) {
		for (size_t i = 0; i < len; i++)
			most.bytes += costs[(unsigned char)text[i]];
	}
	return most;
}

/* jansson recurses to 2,048 levels and takes all the memory that is asked of it; a linear scan stops
 * either before it starts. */
static int
check_size(const char *text, size_t len)
{
	const size_t bytes_max = MEMORY_ALWAYS + MEMORY_TIMES * len;
	size_t bytes = 0;
	unsigned depth = 0;
	bool string = false;
	size_t line = 1;
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!string || c == '"')
			bytes += costs[(unsigned char)c];
		if (string && c == '\\') {
			i++;
		} else if (c == '"') {
			string = !string;
		} else if (c == '\n') {
			line++;
			start = i + 1;
		} else if (!string && (c == '[' || c == '{')) {
			if (++depth > DEPTH_MAX)
				return bh_error(BH_E_JSON, "line %zu, column %zu: nested over %u levels", line,
					i - start + 1, DEPTH_MAX);
		} else if (!string && (c == ']' || c == '}') && depth > 0) {
			depth--;
		}
		if (bytes > bytes_max)
			return bh_error(BH_E_JSON,
				"line %zu, column %zu: too many small values for a text of its size", line,
				i - start + 1);
	}
	return 0;
}

int
bh_json_parse(const char *text, size_t len, struct bh_json_doc *out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct bh_json_doc doc = {0};
	json_error_t error;
	const struct most most = count_most(text, len);
	int rc = 0;

	if (most.brackets > DEPTH_MAX || most.bytes > MEMORY_ALWAYS + MEMORY_TIMES * len)
		rc = check_size(text, len);
	if (rc < 0)
		return rc;

	pthread_once(&once, use_arenas);
	nodes = &doc.arena;
	doc.root = outer(json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error));
	nodes = NULL;
	if (doc.root == NULL) {
		bh_json_close(&doc);
		return bh_error(BH_E_JSON, "line %d, column %d: %s", error.line, error.column,
			fault(json_error_code(&error)));
	}
	*out = doc;
	return 0;
}

void
bh_json_close(struct bh_json_doc *doc)
{
	bool large = doc->arena.bytes > MEMORY_KEPT_MAX;

	bh_arena_close(&doc->arena);
	doc->root = NULL;
	if (large)
		malloc_trim(0);
}

enum bh_json_kind
bh_json_kind(const struct bh_json *value)
{
	if (value == NULL)
		return BH_JSON_NONE;
	switch (json_typeof(inner(value))) {
	case JSON_OBJECT:
		return BH_JSON_OBJECT;
	case JSON_ARRAY:
		return BH_JSON_ARRAY;
	case JSON_STRING:
		return BH_JSON_STRING;
	case JSON_INTEGER:
		return BH_JSON_INT;
	case JSON_REAL:
		return BH_JSON_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return BH_JSON_BOOL;
	case JSON_NULL:
		break;
	}
	return BH_JSON_NULL;
}

const char *
bh_json_string(const struct bh_json *value)
{
	return json_string_value(inner(value));
}

size_t
bh_json_string_len(const struct bh_json *value)
{
	return json_string_length(inner(value));
}

bool
bh_json_int(const struct bh_json *value, int64_t *out)
{
	if (!json_is_integer(inner(value)))
		return false;
	*out = json_integer_value(inner(value));
	return true;
}

bool
bh_json_number(const struct bh_json *value, double *out)
{
	if (!json_is_number(inner(value)))
		return false;
	*out = json_number_value(inner(value));
	return true;
}

bool
bh_json_bool(const struct bh_json *value, bool *out)
{
	if (!json_is_boolean(inner(value)))
		return false;
	*out = json_is_true(inner(value));
	return true;
}

const struct bh_json *
bh_json_get(const struct bh_json *object, const char *name)
{
	return outer(json_object_get(inner(object), name));
}

const struct bh_json *
bh_json_at(const struct bh_json *array, size_t index)
{
	return outer(json_array_get(inner(array), index));
}

size_t
bh_json_count(const struct bh_json *value)
{
	if (json_is_object(inner(value)))
		return json_object_size(inner(value));
	return json_array_size(inner(value));
}

bool
bh_json_next(const struct bh_json *object, void **cursor, const char **out_name,
	const struct bh_json **out_value)
{
	json_t *json = inner(object);

	*cursor = *cursor == NULL ? json_object_iter(json) : json_object_iter_next(json, *cursor);
	if (*cursor == NULL)
		return false;
	*out_name = json_object_iter_key(*cursor);
	*out_value = outer(json_object_iter_value(*cursor));
	return true;
}

size_t
bh_json_text_bytes(const struct bh_json *value)
{
	const struct bh_json *member;
	const char *name;
	void *cursor = NULL;
	size_t bytes = bh_json_string_len(value);

	while (bh_json_kind(value) == BH_JSON_OBJECT && bh_json_next(value, &cursor, &name, &member))
		bytes += strlen(name) + bh_json_text_bytes(member);
	for (size_t i = 0; bh_json_kind(value) == BH_JSON_ARRAY && i < bh_json_count(value); i++)
		bytes += bh_json_text_bytes(bh_json_at(value, i));
	return bytes;
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

static void append(struct bh_buf *out, json_t *value);

static void
append_array(struct bh_buf *out, json_t *array)
{
	size_t count = json_array_size(array);

	bh_buf_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			bh_buf_char(out, ',');
		append(out, json_array_get(array, i));
	}
	bh_buf_char(out, ']');
}

static void
append_object(struct bh_buf *out, json_t *object)
{
	bool first = true;

	bh_buf_char(out, '{');
	for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
		const char *name = json_object_iter_key(at);

		if (!first)
			bh_buf_char(out, ',');
		first = false;
		bh_text_json(out, name, strlen(name));
		bh_buf_char(out, ':');
		append(out, json_object_iter_value(at));
	}
	bh_buf_char(out, '}');
}

/* Recurses at most DEPTH_MAX deep: every value came from bh_json_parse. */
static void
append(struct bh_buf *out, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		append_object(out, value);
		break;
	case JSON_ARRAY:
		append_array(out, value);
		break;
	case JSON_STRING:
		bh_text_json(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		bh_buf_int(out, json_integer_value(value));
		break;
	case JSON_REAL:
		append_real(out, json_real_value(value));
		break;
	case JSON_TRUE:
		bh_buf_text(out, "true");
		break;
	case JSON_FALSE:
		bh_buf_text(out, "false");
		break;
	case JSON_NULL:
		bh_buf_text(out, "null");
		break;
	}
}

void
bh_json_append(struct bh_buf *out, const struct bh_json *value)
{
	if (value == NULL)
		bh_buf_text(out, "null");
	else
		append(out, inner(value));
}
