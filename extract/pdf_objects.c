/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_objects.c: see the header. */
#include "pdf_objects.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	OBJECTS_MAX = 4 * 1000 * 1000,
	DICTIONARY_BYTES_MAX = 64 * 1024,
	MENTION_BYTES = 1024,
	ROOM = 128 * 1024 * 1024,
	PIECE = 64 * 1024,
};

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f' ||
		byte == '\0';
}

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_plain(char byte)
{
	return !is_blank(byte) && memchr("()<>[]{}/%", byte, 10) == NULL;
}

static size_t
skip_blanks(struct extract_pdf_value value, size_t at)
{
	while (at < value.len && (is_blank(value.text[at]) || value.text[at] == '%')) {
		if (value.text[at] == '%')
			while (at < value.len && value.text[at] != '\n' && value.text[at] != '\r')
				at++;
		else
			at++;
	}
	return at;
}

static size_t
skip_string(struct extract_pdf_value value, size_t at)
{
	int depth = 0;

	for (; at < value.len; at++) {
		if (value.text[at] == '\\')
			at++;
		else if (value.text[at] == '(')
			depth++;
		else if (value.text[at] == ')' && --depth == 0)
			return at + 1;
	}
	return value.len;
}

static bool
has_pair(struct extract_pdf_value value, size_t at, char byte)
{
	return at + 1 < value.len && value.text[at] == byte && value.text[at + 1] == byte;
}

/* Behind one token: a string, a bracket, a name, a number or a word. */
static size_t
skip_token(struct extract_pdf_value value, size_t at)
{
	const char *end;

	if (has_pair(value, at, '<') || has_pair(value, at, '>'))
		return at + 2;
	if (value.text[at] == '(')
		return skip_string(value, at);
	if (value.text[at] == '<') {
		end = memchr(value.text + at, '>', value.len - at);
		return end == NULL ? value.len : (size_t)(end - value.text) + 1;
	}
	if (!is_plain(value.text[at]) && value.text[at] != '/')
		return at + 1;
	for (at++; at < value.len && is_plain(value.text[at]);)
		at++;
	return at;
}

/* Behind a number and its generation and R, if that is what stands here; else at. */
static size_t
skip_reference(struct extract_pdf_value value, size_t at, uint32_t *out_number)
{
	size_t next = at;
	uint64_t number = 0;

	for (int part = 0; part < 2; part++) {
		size_t start = next;

		for (; next < value.len && is_digit(value.text[next]) && next - start < 10; next++)
			number = part == 0 ? number * 10 + (uint64_t)(value.text[next] - '0') : number;
		if (next == start || next >= value.len || !is_blank(value.text[next]))
			return at;
		next = skip_blanks(value, next);
	}
	if (next >= value.len || value.text[next] != 'R' || number > UINT32_MAX ||
		(next + 1 < value.len && is_plain(value.text[next + 1])))
		return at;
	*out_number = (uint32_t)number;
	return next + 1;
}

/* Behind the value that begins here. */
static size_t
skip_value(struct extract_pdf_value value, size_t at)
{
	uint32_t number;
	size_t end = skip_reference(value, at, &number);
	int depth = 0;

	if (end > at)
		return end;
	while (at < value.len) {
		if (has_pair(value, at, '<') || value.text[at] == '[')
			depth++;
		else if (has_pair(value, at, '>') || value.text[at] == ']')
			depth--;
		at = skip_token(value, at);
		if (depth <= 0)
			return at;
		at = skip_blanks(value, at);
	}
	return value.len;
}

static int
compare_numbers(const void *left, const void *right)
{
	const struct extract_pdf_object *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static struct extract_pdf_value
find(const struct extract_pdf_objects *objects, uint32_t number)
{
	size_t low = 0, high = objects->sorted;

	/* The last of those with the number. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (objects->list[middle].number <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && objects->list[low - 1].number == number ? objects->list[low - 1].value
															  : (struct extract_pdf_value){0};
}

/* The value at a place, or the object it refers to. */
static struct extract_pdf_value
resolve(const struct extract_pdf_objects *objects, struct extract_pdf_value value, size_t at)
{
	uint32_t number;

	if (skip_reference(value, at, &number) > at)
		return find(objects, number);
	return (struct extract_pdf_value){value.text + at, skip_value(value, at) - at};
}

/* Where the value of a dictionary's entry begins; the dictionary's length if it has none. */
static size_t
find_entry(struct extract_pdf_value dictionary, const char *key)
{
	size_t at = 0, key_len = strlen(key);

	at = skip_blanks(dictionary, at);
	if (!has_pair(dictionary, at, '<'))
		return dictionary.len;
	for (at = skip_blanks(dictionary, at + 2); at < dictionary.len && dictionary.text[at] == '/';) {
		size_t name = at, end = skip_token(dictionary, at);

		at = skip_blanks(dictionary, end);
		if (at >= dictionary.len)
			break;
		if (end - name == key_len && memcmp(dictionary.text + name, key, key_len) == 0)
			return at;
		at = skip_blanks(dictionary, skip_value(dictionary, at));
	}
	return dictionary.len;
}

static struct extract_pdf_value
cut_dictionary(struct extract_pdf_value dictionary)
{
	if (dictionary.len > DICTIONARY_BYTES_MAX)
		dictionary.len = DICTIONARY_BYTES_MAX;
	return dictionary;
}

struct extract_pdf_value
extract_pdf_objects_get(const struct extract_pdf_objects *objects,
	struct extract_pdf_value dictionary, const char *key)
{
	struct extract_pdf_value cut = cut_dictionary(dictionary);
	size_t at = find_entry(cut, key);

	return at < cut.len ? resolve(objects, cut, at) : (struct extract_pdf_value){0};
}

struct extract_pdf_value
extract_pdf_objects_raw(struct extract_pdf_value dictionary, const char *key)
{
	struct extract_pdf_value cut = cut_dictionary(dictionary);
	size_t at = find_entry(cut, key);

	return at < cut.len ? (struct extract_pdf_value){cut.text + at, skip_value(cut, at) - at}
						: (struct extract_pdf_value){0};
}

struct extract_pdf_value
extract_pdf_value_dictionary(struct extract_pdf_value value)
{
	struct extract_pdf_value cut = cut_dictionary(value);
	size_t at = skip_blanks(cut, 0), end;

	if (!has_pair(cut, at, '<'))
		return (struct extract_pdf_value){0};
	end = skip_value(cut, at);
	if (end - at < 4 || cut.text[end - 1] != '>' || cut.text[end - 2] != '>')
		return (struct extract_pdf_value){0};
	return (struct extract_pdf_value){cut.text + at, end - at};
}

struct extract_pdf_value
extract_pdf_objects_first(const struct extract_pdf_objects *objects, struct extract_pdf_value list)
{
	size_t at = skip_blanks(list, 0);

	if (at >= list.len || list.text[at] != '[')
		return list;
	at = skip_blanks(list, at + 1);
	return at < list.len && list.text[at] != ']' ? resolve(objects, list, at)
												 : (struct extract_pdf_value){0};
}

bool
extract_pdf_value_mentions(struct extract_pdf_value value, const char *name)
{
	return value.len > 0 &&
		memmem(value.text, value.len < MENTION_BYTES ? value.len : MENTION_BYTES, name,
			strlen(name)) != NULL;
}

bool
extract_pdf_value_is(struct extract_pdf_value value, const char *name)
{
	size_t at = skip_blanks(value, 0), len = strlen(name);

	return value.len - at >= len && memcmp(value.text + at, name, len) == 0 &&
		(value.len - at == len || !is_plain(value.text[at + len]));
}

size_t
extract_pdf_value_number(struct extract_pdf_value value)
{
	size_t at = skip_blanks(value, 0), number = 0;

	for (size_t digits = 0; at < value.len && is_digit(value.text[at]) && digits < 10;
		 at++, digits++)
		number = number * 10 + (size_t)(value.text[at] - '0');
	return number;
}

static bool
unpack(struct extract_pdf_objects *objects, const char *data, size_t len,
	struct extract_buffer *out)
{
	char *piece = extract_memory_resize(NULL, PIECE, 1);
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
		.avail_in = len > UINT32_MAX ? UINT32_MAX : (uInt)len};
	size_t before = out->len;
	int rc = inflateInit(&stream);

	while (rc == Z_OK) {
		size_t size;

		stream.next_out = (Bytef *)piece;
		stream.avail_out = PIECE;
		rc = inflate(&stream, Z_NO_FLUSH);
		size = PIECE - stream.avail_out;
		if (size > objects->room || (size == 0 && rc == Z_OK))
			rc = Z_DATA_ERROR;
		if (rc != Z_OK && rc != Z_STREAM_END)
			break;
		objects->room -= size;
		extract_buffer_append(out, piece, size);
	}
	inflateEnd(&stream);
	extract_memory_free(piece);
	if (rc != Z_STREAM_END)
		extract_buffer_truncate(out, before);
	return rc == Z_STREAM_END;
}

bool
extract_pdf_objects_stream(struct extract_pdf_objects *objects, struct extract_pdf_value stream,
	struct extract_buffer *out)
{
	struct extract_pdf_value filter = extract_pdf_objects_first(objects,
		extract_pdf_objects_get(objects, stream, "/Filter"));
	size_t at = skip_blanks(stream, 0), len;

	if (!has_pair(stream, at, '<'))
		return false;
	at = skip_blanks(stream, skip_value(stream, at));
	if (stream.len - at < 8 || memcmp(stream.text + at, "stream", 6) != 0)
		return false;
	at += 6;
	at += stream.text[at] == '\r';
	at += stream.text[at] == '\n';
	if (extract_pdf_value_is(filter, "/FlateDecode") || extract_pdf_value_is(filter, "/Fl"))
		return unpack(objects, stream.text + at, stream.len - at, out);
	len = extract_pdf_value_number(extract_pdf_objects_get(objects, stream, "/Length"));
	if (filter.len > 0 || len > stream.len - at || len > objects->room)
		return false;
	extract_buffer_append(out, stream.text + at, len);
	objects->room -= len;
	return true;
}

static void
add(struct extract_pdf_objects *objects, uint32_t number, uint32_t order, const char *text,
	size_t len)
{
	if (objects->count >= OBJECTS_MAX)
		return;
	if (objects->count == objects->size) {
		objects->size = objects->size == 0 ? 1024 : objects->size * 2;
		objects->list = extract_memory_resize(objects->list, objects->size, sizeof(*objects->list));
	}
	objects->list[objects->count] = (struct extract_pdf_object){
		.number = number,
		.order = order,
		.value = {text, len},
	};
	objects->count++;
}

/* "12 0 obj": the number before a word that may open an object; false if it does not. */
static bool
number_before(const char *data, size_t at, uint32_t *out)
{
	uint64_t number = 0, factor = 1;
	size_t digits = 0;

	while (at > 0 && is_blank(data[at - 1]))
		at--;
	for (; at > 0 && is_digit(data[at - 1]); at--)
		digits++;
	if (digits == 0 || digits > 5 || at == 0 || !is_blank(data[at - 1]))
		return false;
	while (at > 0 && is_blank(data[at - 1]))
		at--;
	for (digits = 0; at > 0 && is_digit(data[at - 1]) && digits < 10; at--, digits++) {
		number += factor * (uint64_t)(data[at - 1] - '0');
		factor *= 10;
	}
	*out = (uint32_t)number;
	return digits > 0 && number <= UINT32_MAX;
}

static void
scan(struct extract_pdf_objects *objects, const char *data, size_t len)
{
	for (size_t at = 0; at + 3 < len;) {
		const char *found = memmem(data + at, len - at, "obj", 3);
		uint32_t number;

		if (found == NULL)
			return;
		at = (size_t)(found - data);
		if (number_before(data, at, &number))
			add(objects, number, (uint32_t)objects->count, found + 3, len - at - 3);
		at += 3;
	}
}

/* The objects packed into one: pairs of number and place first, then the objects. */
static void
add_packed(struct extract_pdf_objects *objects, struct extract_pdf_value stream, uint32_t order)
{
	size_t count = extract_pdf_value_number(extract_pdf_objects_get(objects, stream, "/N"));
	size_t first = extract_pdf_value_number(extract_pdf_objects_get(objects, stream, "/First")),
		   at = 0;
	struct extract_buffer text = {0};
	struct extract_pdf_value head;

	if (!extract_pdf_objects_stream(objects, stream, &text) || first > text.len) {
		extract_buffer_close(&text);
		return;
	}
	objects->streams = extract_memory_resize(objects->streams, objects->stream_count + 1,
		sizeof(*objects->streams));
	objects->streams[objects->stream_count++] = text;
	head = (struct extract_pdf_value){text.data, first};
	for (size_t i = 0; i < count; i++) {
		size_t numbers[2];

		for (int k = 0; k < 2; k++) {
			at = skip_blanks(head, at);
			if (at >= first || !is_digit(head.text[at]))
				return;
			numbers[k] = extract_pdf_value_number(
				(struct extract_pdf_value){head.text + at, first - at});
			at = skip_token(head, at);
		}
		if (numbers[0] <= UINT32_MAX && numbers[1] < text.len - first)
			add(objects, (uint32_t)numbers[0], order, text.data + first + numbers[1],
				text.len - first - numbers[1]);
	}
}

void
extract_pdf_objects_open(struct extract_pdf_objects *out, const char *data, size_t len)
{
	size_t plain;

	*out = (struct extract_pdf_objects){.room = ROOM};
	scan(out, data, len);
	if (out->count == 0)
		return;
	qsort(out->list, out->count, sizeof(*out->list), compare_numbers);
	plain = out->sorted = out->count;
	for (size_t i = 0; i < plain; i++) {
		struct extract_pdf_object object = out->list[i];

		if (extract_pdf_value_mentions(object.value, "/ObjStm") &&
			extract_pdf_value_is(extract_pdf_objects_get(out, object.value, "/Type"), "/ObjStm"))
			add_packed(out, object.value, object.order);
	}
	qsort(out->list, out->count, sizeof(*out->list), compare_numbers);
	out->sorted = out->count;
}

void
extract_pdf_objects_close(struct extract_pdf_objects *objects)
{
	for (size_t i = 0; i < objects->stream_count; i++)
		extract_buffer_close(&objects->streams[i]);
	extract_memory_free(objects->streams);
	extract_memory_free(objects->list);
	*objects = (struct extract_pdf_objects){0};
}
