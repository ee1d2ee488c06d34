/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_explain.c: see the header. */
#include "pdf_explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	HEAD_BYTES = 1024,     /* in which a PDF begins */
	TAIL_BYTES = 2048,     /* in which it says where its table is */
	NUMBERS_MAX = 1000000, /* objects of a higher number are no reason to go beyond it */
	UPDATE_BYTES_MAX = 64 * 1024 * 1024,
	ROWS = 100, /* of a block of the table */
	SIMPLE_CODES = 32,
	NUMBER_CODES = 65536,
};

/* The update being made: where each of its objects begins. */
struct update {
	struct extract_buffer *out; /* borrowed: the file, then the update */
	size_t head;                /* before the PDF begins: places are counted from there */
	struct {
		uint32_t number;
		size_t place;
	} objects[2 * EXTRACT_PDF_FONTS_MAX];
	size_t count;
	uint32_t next; /* number of a new object */
};

static void add_text(struct update *update, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
add_text(struct update *update, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	extract_buffer_text(update->out, text);
}

static void
begin_object(struct update *update, uint32_t number)
{
	update->objects[update->count].number = number;
	update->objects[update->count++].place = update->out->len - update->head;
	add_text(update, "%" PRIu32 " 0 obj\n", number);
}

static void
add_row(struct extract_buffer *out, uint32_t code, int digits, uint32_t point)
{
	char row[48];

	if (point < 0x10000)
		snprintf(row, sizeof(row), "<%0*" PRIx32 "> <%04" PRIx32 ">\n", digits, code, point);
	else
		snprintf(row, sizeof(row), "<%0*" PRIx32 "> <%04" PRIx32 "%04" PRIx32 ">\n", digits, code,
			0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
	extract_buffer_text(out, row);
}

/* The table of a font's characters: every code has one, so that nothing is left out unseen. */
static void
make_table(const struct extract_pdf_font *font, struct extract_buffer *out)
{
	uint32_t codes = font->simple ? SIMPLE_CODES : NUMBER_CODES;
	int digits = font->simple ? 2 : 4;
	char line[64];

	extract_buffer_text(out,
		"/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapName/Own def"
		"/CMapType 2 def 1 begincodespacerange\n");
	extract_buffer_text(out, font->simple ? "<00> <ff>\n" : "<0000> <ffff>\n");
	extract_buffer_text(out, "endcodespacerange\n");
	for (uint32_t first = 0; first < codes; first += ROWS) {
		uint32_t end = first + ROWS < codes ? first + ROWS : codes;

		snprintf(line, sizeof(line), "%" PRIu32 " beginbfchar\n", end - first);
		extract_buffer_text(out, line);
		for (uint32_t code = first; code < end; code++) {
			/* Tabs and line ends are blanks in a font of single bytes. */
			bool blank = font->simple && (code == '\t' || code == '\n' || code == '\r');

			add_row(out, code, digits, blank ? ' ' : extract_pdf_font_point(font, code));
		}
		extract_buffer_text(out, "endbfchar\n");
	}
	extract_buffer_text(out, "endcmap end end\n");
}

/* The font once more, with a table. */
static void
add_font(struct update *update, const struct extract_pdf_font *font)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer table = {0};
	uint32_t number = update->next++;

	make_table(font, &table);
	begin_object(update, font->object);
	add_text(update, "<</ToUnicode %" PRIu32 " 0 R ", number);
	extract_buffer_append(update->out, font->dictionary.text + 2, font->dictionary.len - 2);
	add_text(update, "\nendobj\n");
	begin_object(update, number);
	add_text(update, "<</Length %zu>>stream\n", table.len);
	extract_buffer_append(update->out, table.data, table.len);
	add_text(update, "\nendstream\nendobj\n");
}

/* The file's own table: where it is, and the dictionary that goes with it. */
struct tail {
	size_t place;
	struct extract_pdf_value root, info;
	bool encrypted;
};

static struct extract_pdf_value
rest_from(const char *data, size_t len, size_t at)
{
	return at < len ? (struct extract_pdf_value){data + at, len - at}
					: (struct extract_pdf_value){0};
}

/* What follows the last of a word in the text. */
static const char *
find_last(const char *text, size_t len, const char *word)
{
	const char *found = NULL, *end = text + len;

	for (const char *at = text; (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL;
		 at++)
		found = at + strlen(word);
	return found;
}

static bool
find_tail(const char *data, size_t len, size_t head, struct tail *out)
{
	size_t from = len > TAIL_BYTES ? len - TAIL_BYTES : 0, place = 0;
	const char *start = find_last(data + from, len - from, "startxref");
	struct extract_pdf_value dictionary = {0};
	const char *word;

	if (start == NULL)
		return false;
	while (start < data + len && (*start == ' ' || *start == '\r' || *start == '\n'))
		start++;
	for (int i = 0; i < 12 && start < data + len && *start >= '0' && *start <= '9'; i++)
		place = place * 10 + (size_t)(*start++ - '0');
	dictionary = rest_from(data, len, place + head);
	if (dictionary.len < 4)
		return false;
	/* A table is followed by its trailer; a stream is an object. */
	word = memcmp(dictionary.text, "xref", 4) == 0
		? memmem(dictionary.text, dictionary.len, "trailer", 7)
		: memmem(dictionary.text, dictionary.len < 32 ? dictionary.len : 32, "obj", 3);
	if (word == NULL)
		return false;
	dictionary = rest_from(data, len, (size_t)(word - data) + (word[0] == 't' ? 7 : 3));
	*out = (struct tail){
		.place = place,
		.root = extract_pdf_objects_raw(dictionary, "/Root"),
		.info = extract_pdf_objects_raw(dictionary, "/Info"),
		.encrypted = extract_pdf_objects_raw(dictionary, "/Encrypt").len > 0,
	};
	return out->root.len > 0;
}

static void
add_tail(struct update *update, const struct tail *tail)
{
	size_t table = update->out->len - update->head;

	add_text(update, "xref\n");
	for (size_t i = 0; i < update->count; i++)
		add_text(update, "%" PRIu32 " 1\n%010zu 00000 n \n", update->objects[i].number,
			update->objects[i].place);
	add_text(update, "trailer\n<</Size %" PRIu32 "/Prev %zu/Root ", update->next, tail->place);
	extract_buffer_append(update->out, tail->root.text, tail->root.len);
	if (tail->info.len > 0) {
		add_text(update, "/Info ");
		extract_buffer_append(update->out, tail->info.text, tail->info.len);
	}
	add_text(update, ">>\nstartxref\n%zu\n%%%%EOF\n", table);
}

bool
extract_pdf_explain(const struct extract_pdf_fonts *fonts, const char *data, size_t len,
	struct extract_buffer *out)
{
	struct update update = {.out = out, .next = 1};
	const char *head = memmem(data, len < HEAD_BYTES ? len : HEAD_BYTES, "%PDF-", 5);
	struct tail tail;
	bool found;

	if (fonts->count == 0 || head == NULL)
		return false;
	update.head = (size_t)(head - data);
	found = find_tail(data, len, update.head, &tail);
	if (found ? tail.encrypted : memmem(data, len, "/Encrypt", 8) != NULL)
		return false;
	for (size_t i = 0; i < fonts->objects.count; i++)
		if (fonts->objects.list[i].number >= update.next &&
			fonts->objects.list[i].number < NUMBERS_MAX)
			update.next = fonts->objects.list[i].number + 1;
	extract_buffer_append(out, data, len);
	/* A number at the file's end must not become part of what follows. */
	extract_buffer_text(out, "\n%\n");
	for (size_t i = 0; i < fonts->count; i++) {
		if (out->len - len > UPDATE_BYTES_MAX) {
			extract_buffer_truncate(out, 0);
			return false;
		}
		if (fonts->list[i].dictionary.len > 0)
			add_font(&update, &fonts->list[i]);
	}
	/* Where the file's table is lost, poppler takes the objects as they come, the last ones before the others. */
	if (found)
		add_tail(&update, &tail);
	return true;
}
