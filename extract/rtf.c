/* SPDX-License-Identifier: Apache-2.0 */
/* rtf.c: Rich Text Format: a walk over its groups and control words that keeps what a reader sees. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "protocol.h"
#include "reader.h"
#include "rtf_table.h"
#include "sink.h"
#include "table.h"
#include "unicode.h"

enum {
	DEPTH_MAX = 4096,
	WORD_BYTES_MAX = 32,
	CELLS_MAX = 64,
	SKIPPED_MAX = 16, /* characters for programs without Unicode */
};

/* What a group adds to. */
enum target {
	TARGET_TEXT,
	TARGET_SKIPPED,
	TARGET_FONTS,
	TARGET_STYLES,
	TARGET_MARK, /* a list item's bullet or number */
	TARGET_NOTE,
};

struct group {
	enum target target;
	bool begins; /* the target begins with this group, and ends with it */
	bool hidden;
	long page; /* the font's code page; 0: the document's */
	unsigned skipped;
};

struct reading {
	const char *data;
	size_t len, at;
	struct extract_sink *sink;
	struct group *groups; /* owned */
	size_t depth;         /* of the group we are in: groups[depth] */
	bool star;            /* a destination that may be skipped follows */
	unsigned skip;        /* characters still to be left out */
	uint32_t surrogate;   /* the first half of a pair */
	struct extract_rtf_tables tables;
	struct extract_rtf_text text; /* owned: the paragraph being made */
	struct extract_buffer saved;  /* owned: the paragraph around a note or mark */
	struct extract_buffer notes;  /* owned: those of the paragraph, each followed by a NUL */
	struct extract_buffer cell;   /* owned */
	struct extract_table table;   /* owned */
	int heading;
	unsigned notes_count;
	bool item, in_table, inner; /* inner: in a note or mark */
	bool merged[CELLS_MAX], merge;
	size_t cells, cell_index; /* described; read */
};

static struct group *
group(struct reading *reading)
{
	return &reading->groups[reading->depth];
}

static bool
is_shown(struct reading *reading)
{
	enum target target = group(reading)->target;

	return target != TARGET_SKIPPED && !(target == TARGET_TEXT && group(reading)->hidden);
}

/* ---- blocks ---- */

static int
put(struct reading *reading, enum extract_kind kind, const char *text, size_t len)
{
	const struct extract_block block = {.kind = kind,
		.level = reading->heading,
		.text = text,
		.len = len};

	return extract_sink_block(reading->sink, &block);
}

static void
end_cell_text(struct reading *reading)
{
	struct extract_buffer *text = &reading->text.out;

	extract_rtf_text_end(&reading->text);
	if (reading->cell.len > 0 && text->len > 0)
		extract_buffer_byte(&reading->cell, ' ');
	extract_buffer_append(&reading->cell, extract_buffer_string(text), text->len);
	extract_buffer_truncate(text, 0);
}

/* Ends the paragraph: a block of its own, or part of the note or cell it is in. */
static int
end_paragraph(struct reading *reading)
{
	struct extract_buffer *text = &reading->text.out;
	const char *notes = extract_buffer_string(&reading->notes);
	int rc;

	extract_rtf_text_end(&reading->text);
	if (reading->inner) {
		extract_buffer_byte(text, ' ');
		return 0;
	}
	if (reading->in_table) {
		end_cell_text(reading);
		return 0;
	}
	if (text->len == 0)
		return 0;
	extract_table_close(&reading->table);
	rc = put(reading,
		reading->heading > 0 ? EXTRACT_HEADING
			: reading->item  ? EXTRACT_LIST_ITEM
							 : EXTRACT_PARAGRAPH,
		extract_buffer_string(text), text->len);
	extract_buffer_truncate(text, 0);
	for (size_t at = 0; at < reading->notes.len && rc == 0; at += strlen(notes + at) + 1)
		rc = put(reading, EXTRACT_PARAGRAPH, notes + at, strlen(notes + at));
	extract_buffer_truncate(&reading->notes, 0);
	reading->item = false;
	return rc;
}

/* A cell that goes on from the row above says again what is in it. */
static void
end_cell(struct reading *reading)
{
	end_cell_text(reading);
	if (reading->cell.len == 0 && reading->cell_index < reading->cells &&
		reading->merged[reading->cell_index])
		extract_table_repeat(&reading->table);
	else
		extract_table_cell(&reading->table, extract_buffer_string(&reading->cell),
			reading->cell.len);
	extract_buffer_truncate(&reading->cell, 0);
	reading->cell_index++;
}

static int
end_row(struct reading *reading)
{
	reading->cell_index = 0;
	reading->item = false;
	return extract_table_row(&reading->table, reading->table.rows == 0, 0, reading->sink);
}

/* ---- groups ---- */

static void
begin_target(struct reading *reading, enum target target)
{
	bool inner = target == TARGET_NOTE || target == TARGET_MARK;

	if (group(reading)->target == TARGET_SKIPPED)
		return;
	/* Notes have no notes, and are part of no mark. */
	if (inner && reading->inner) {
		group(reading)->target = TARGET_SKIPPED;
		return;
	}
	group(reading)->target = target;
	group(reading)->begins = true;
	if (!inner)
		return;
	extract_rtf_text_end(&reading->text);
	reading->inner = true;
	reading->saved = reading->text.out;
	reading->text.out = (struct extract_buffer){0};
}

/* A bullet becomes a dash; a number stays. */
static void
end_mark(struct reading *reading, const struct extract_buffer *mark)
{
	bool number = false;

	for (size_t i = 0; i < mark->len; i++)
		number = number || isalnum((unsigned char)mark->data[i]);
	if (number)
		extract_table_squeeze(mark->data, mark->len, &reading->text.out);
	else
		extract_buffer_byte(&reading->text.out, '-');
	extract_buffer_byte(&reading->text.out, ' ');
	reading->item = true;
}

static void
end_target(struct reading *reading)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer inner = {0};

	extract_rtf_text_end(&reading->text);
	switch (group(reading)->target) {
	case TARGET_NOTE:
	case TARGET_MARK:
		inner = reading->text.out;
		reading->text.out = reading->saved;
		reading->saved = (struct extract_buffer){0};
		reading->inner = false;
		if (group(reading)->target == TARGET_MARK)
			end_mark(reading, &inner);
		else if (inner.len > 0)
			extract_buffer_append(&reading->notes, inner.data, inner.len + 1);
		return;
	case TARGET_FONTS:
	case TARGET_STYLES:
		extract_rtf_tables_name(&reading->tables, "");
		return;
	default:
		return;
	}
}

static int
open_group(struct reading *reading)
{
	if (reading->depth + 1 >= DEPTH_MAX)
		return EXTRACT_E_TOO_LARGE;
	extract_rtf_text_end(&reading->text);
	reading->groups[reading->depth + 1] = *group(reading);
	reading->depth++;
	group(reading)->begins = false;
	reading->skip = 0;
	return 0;
}

static void
close_group(struct reading *reading)
{
	if (reading->depth == 0)
		return; /* one brace too many, as some writers have at the end */
	extract_rtf_text_end(&reading->text);
	if (group(reading)->begins)
		end_target(reading);
	reading->depth--;
	reading->skip = 0;
}

/* ---- characters ---- */

/* Appends a character to what the group adds to. */
static void
add_point(struct reading *reading, uint32_t point)
{
	char ascii[2] = {point < 0x80 ? (char)point : '?', '\0'};

	if (reading->skip > 0) {
		reading->skip--;
		return;
	}
	switch (group(reading)->target) {
	case TARGET_FONTS:
	case TARGET_STYLES:
		extract_rtf_tables_name(&reading->tables, ascii);
		return;
	default:
		if (is_shown(reading))
			extract_rtf_text_point(&reading->text, point);
	}
}

/* A byte of the font's code page. */
static void
add_byte(struct reading *reading, unsigned char byte)
{
	enum target target = group(reading)->target;

	if (reading->skip == 0 && target != TARGET_FONTS && target != TARGET_STYLES) {
		if (is_shown(reading))
			extract_rtf_text_byte(&reading->text,
				group(reading)->page > 0 ? group(reading)->page : reading->tables.page, byte);
		return;
	}
	add_point(reading, byte);
}

/* \u counts in 16 bits, with a sign; a pair makes one character. */
static void
add_unicode(struct reading *reading, long number)
{
	uint32_t unit = (uint32_t)(number < 0 ? number + 65536 : number) & 0xffff;

	reading->skip = 0;
	if (unit >= 0xd800 && unit < 0xdc00) {
		reading->surrogate = unit;
	} else {
		if (unit >= 0xdc00 && unit < 0xe000 && reading->surrogate != 0)
			unit = 0x10000 + ((reading->surrogate - 0xd800) << 10) + (unit - 0xdc00);
		reading->surrogate = 0;
		add_point(reading, unit);
	}
	reading->skip = group(reading)->skipped;
}

/* ---- control words ---- */

enum action {
	ACTION_POINT,
	ACTION_TARGET,
	ACTION_KEEP, /* a destination behind \* whose text is shown */
	ACTION_PARAGRAPH,
	ACTION_RESET, /* the paragraph's properties */
	ACTION_PLAIN,
	ACTION_HIDDEN,
	ACTION_FONT,
	ACTION_SKIP_COUNT,
	ACTION_UNICODE,
	ACTION_CELL,
	ACTION_ROW,
	ACTION_ROW_BEGIN,
	ACTION_CELL_END,
	ACTION_MERGED,
	ACTION_IN_TABLE,
	ACTION_OUTLINE,
	ACTION_STYLE,
	ACTION_LIST,
	ACTION_NOTE_NUMBER,
	ACTION_PAGE,
	ACTION_CHARSET,
	ACTION_BINARY,
};

static const struct word {
	const char *name;
	enum action action;
	long value;
} words[] = {
	{"par", ACTION_PARAGRAPH, 0},
	{"sect", ACTION_PARAGRAPH, 0},
	{"page", ACTION_PARAGRAPH, 0},
	{"pard", ACTION_RESET, 0},
	{"plain", ACTION_PLAIN, 0},
	{"v", ACTION_HIDDEN, 0},
	{"deleted", ACTION_HIDDEN, 0},
	{"f", ACTION_FONT, 0},
	{"uc", ACTION_SKIP_COUNT, 0},
	{"u", ACTION_UNICODE, 0},
	{"cell", ACTION_CELL, 0},
	{"row", ACTION_ROW, 0},
	{"trowd", ACTION_ROW_BEGIN, 0},
	{"cellx", ACTION_CELL_END, 0},
	{"clvmrg", ACTION_MERGED, 0},
	{"intbl", ACTION_IN_TABLE, 0},
	{"outlinelevel", ACTION_OUTLINE, 0},
	{"s", ACTION_STYLE, 0},
	{"ls", ACTION_LIST, 0},
	{"chftn", ACTION_NOTE_NUMBER, 0},
	{"ansicpg", ACTION_PAGE, 0},
	{"mac", ACTION_PAGE, 10000},
	{"pc", ACTION_PAGE, 437},
	{"pca", ACTION_PAGE, 850},
	{"cpg", ACTION_CHARSET, 1},
	{"fcharset", ACTION_CHARSET, 0},
	{"bin", ACTION_BINARY, 0},
	{"line", ACTION_POINT, '\n'},
	{"tab", ACTION_POINT, '\t'},
	{"nestcell", ACTION_POINT, ' '},
	{"emdash", ACTION_POINT, 0x2014},
	{"endash", ACTION_POINT, 0x2013},
	{"lquote", ACTION_POINT, 0x2018},
	{"rquote", ACTION_POINT, 0x2019},
	{"ldblquote", ACTION_POINT, 0x201c},
	{"rdblquote", ACTION_POINT, 0x201d},
	{"bullet", ACTION_POINT, 0x2022},
	{"emspace", ACTION_POINT, ' '},
	{"enspace", ACTION_POINT, ' '},
	{"qmspace", ACTION_POINT, ' '},
	{"zwj", ACTION_POINT, 0x200d},
	{"zwnj", ACTION_POINT, 0x200c},
	{"fonttbl", ACTION_TARGET, TARGET_FONTS},
	{"stylesheet", ACTION_TARGET, TARGET_STYLES},
	{"title", ACTION_TARGET, TARGET_SKIPPED},
	{"listtext", ACTION_TARGET, TARGET_MARK},
	{"pntext", ACTION_TARGET, TARGET_MARK},
	{"footnote", ACTION_TARGET, TARGET_NOTE},
	{"shpinst", ACTION_KEEP, 0},
	{"moMath", ACTION_KEEP, 0},
	{"moMathPara", ACTION_KEEP, 0},
	{"mmathPict", ACTION_TARGET, TARGET_SKIPPED},
	{"mden", ACTION_POINT, '/'},
	{"msup", ACTION_POINT, '^'},
	{"msub", ACTION_POINT, '_'},
	{"mrad", ACTION_POINT, 0x221a},
	{"ud", ACTION_KEEP, 0},
	{"author", ACTION_TARGET, TARGET_SKIPPED},
	{"operator", ACTION_TARGET, TARGET_SKIPPED},
	{"subject", ACTION_TARGET, TARGET_SKIPPED},
	{"keywords", ACTION_TARGET, TARGET_SKIPPED},
	{"doccomm", ACTION_TARGET, TARGET_SKIPPED},
	{"comment", ACTION_TARGET, TARGET_SKIPPED},
	{"company", ACTION_TARGET, TARGET_SKIPPED},
	{"manager", ACTION_TARGET, TARGET_SKIPPED},
	{"category", ACTION_TARGET, TARGET_SKIPPED},
	{"hlinkbase", ACTION_TARGET, TARGET_SKIPPED},
	{"creatim", ACTION_TARGET, TARGET_SKIPPED},
	{"revtim", ACTION_TARGET, TARGET_SKIPPED},
	{"printim", ACTION_TARGET, TARGET_SKIPPED},
	{"buptim", ACTION_TARGET, TARGET_SKIPPED},
	{"colortbl", ACTION_TARGET, TARGET_SKIPPED},
	{"pict", ACTION_TARGET, TARGET_SKIPPED},
	{"header", ACTION_TARGET, TARGET_SKIPPED},
	{"headerl", ACTION_TARGET, TARGET_SKIPPED},
	{"headerr", ACTION_TARGET, TARGET_SKIPPED},
	{"headerf", ACTION_TARGET, TARGET_SKIPPED},
	{"footer", ACTION_TARGET, TARGET_SKIPPED},
	{"footerl", ACTION_TARGET, TARGET_SKIPPED},
	{"footerr", ACTION_TARGET, TARGET_SKIPPED},
	{"footerf", ACTION_TARGET, TARGET_SKIPPED},
	{"fldinst", ACTION_TARGET, TARGET_SKIPPED},
	{"upr", ACTION_TARGET, TARGET_SKIPPED}, /* its \ud says the same in Unicode */
	{"sp", ACTION_TARGET, TARGET_SKIPPED},
	{"shprslt", ACTION_TARGET, TARGET_SKIPPED},
	{"nonshppict", ACTION_TARGET, TARGET_SKIPPED},
	{"nonesttables", ACTION_TARGET, TARGET_SKIPPED},
	{"objdata", ACTION_TARGET, TARGET_SKIPPED},
	{"tc", ACTION_TARGET, TARGET_SKIPPED},
	{"xe", ACTION_TARGET, TARGET_SKIPPED},
	{"rxe", ACTION_TARGET, TARGET_SKIPPED},
	{"private", ACTION_TARGET, TARGET_SKIPPED},
};

static const struct word *
find_word(const char *name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

static void
add_note_number(struct reading *reading)
{
	char text[16];

	if (!is_shown(reading))
		return;
	if (!reading->inner)
		reading->notes_count++;
	snprintf(text, sizeof(text), "[%u]", reading->notes_count);
	for (const char *at = text; *at != '\0'; at++)
		extract_rtf_text_point(&reading->text, (unsigned char)*at);
}

static void
begin_row(struct reading *reading)
{
	reading->cells = 0;
	reading->merge = false;
}

static void
describe_cell(struct reading *reading)
{
	if (reading->cells < CELLS_MAX)
		reading->merged[reading->cells++] = reading->merge;
	reading->merge = false;
}

static void
reset(struct reading *reading)
{
	if (reading->inner)
		return;
	reading->heading = 0;
	reading->in_table = false;
}

/* "\*\ud" is inside of what it stands for, which is skipped; it takes over from there. */
static void
keep(struct reading *reading)
{
	if (reading->depth > 0 && group(reading)->target == TARGET_SKIPPED &&
		reading->groups[reading->depth - 1].begins)
		group(reading)->target = TARGET_TEXT;
}

/* What concerns the text of the group that is read, or the table of styles. */
static int
act_in_text(struct reading *reading, const struct word *word, long number)
{
	const struct group *here = group(reading);

	if (here->target == TARGET_STYLES) {
		if (word->action == ACTION_STYLE)
			extract_rtf_tables_style(&reading->tables, number);
		else if (word->action == ACTION_OUTLINE)
			extract_rtf_tables_outline(&reading->tables, number);
		return 0;
	}
	if (here->target == TARGET_SKIPPED)
		return 0;
	switch (word->action) {
	case ACTION_PARAGRAPH:
		return end_paragraph(reading);
	case ACTION_RESET:
		reset(reading);
		return 0;
	case ACTION_CELL:
		end_cell(reading);
		return 0;
	case ACTION_ROW:
		return end_row(reading);
	case ACTION_ROW_BEGIN:
		begin_row(reading);
		return 0;
	case ACTION_CELL_END:
		describe_cell(reading);
		return 0;
	case ACTION_MERGED:
		reading->merge = true;
		return 0;
	case ACTION_IN_TABLE:
		reading->in_table = true;
		return 0;
	case ACTION_OUTLINE:
		reading->heading = number >= 0 && number < 9 ? (number > 5 ? 6 : (int)number + 1) : 0;
		return 0;
	case ACTION_STYLE:
		reading->heading = extract_rtf_tables_heading(&reading->tables, number);
		return 0;
	case ACTION_LIST:
		reading->item = number > 0 || reading->item;
		return 0;
	case ACTION_NOTE_NUMBER:
		add_note_number(reading);
		return 0;
	default:
		return 0;
	}
}

static int
act(struct reading *reading, const struct word *word, bool has_number, long number)
{
	struct group *here = group(reading);

	switch (word->action) {
	case ACTION_POINT:
		add_point(reading, (uint32_t)word->value);
		return 0;
	case ACTION_TARGET:
		begin_target(reading, (enum target)word->value);
		return 0;
	case ACTION_KEEP:
		if (strcmp(word->name, "ud") == 0)
			keep(reading);
		return 0;
	case ACTION_PLAIN:
		here->hidden = false;
		here->page = 0;
		return 0;
	case ACTION_HIDDEN:
		here->hidden = !has_number || number != 0;
		return 0;
	case ACTION_FONT:
		extract_rtf_text_end(&reading->text);
		here->page = extract_rtf_tables_page(&reading->tables, number);
		if (here->target == TARGET_FONTS)
			extract_rtf_tables_font(&reading->tables, number);
		return 0;
	case ACTION_SKIP_COUNT:
		here->skipped = number < 0 || number > SKIPPED_MAX ? 1 : (unsigned)number;
		return 0;
	case ACTION_UNICODE:
		add_unicode(reading, number);
		return 0;
	case ACTION_PAGE:
		extract_rtf_text_end(&reading->text);
		reading->tables.page = word->value > 0 ? word->value : number;
		return 0;
	case ACTION_CHARSET:
		if (here->target == TARGET_FONTS)
			extract_rtf_tables_charset(&reading->tables, number, word->value == 1);
		return 0;
	case ACTION_BINARY:
		if (number > 0)
			reading->at += (size_t)number < reading->len - reading->at ? (size_t)number
																	   : reading->len - reading->at;
		return 0;
	default:
		return act_in_text(reading, word, number);
	}
}

/* ---- the walk ---- */

/* A backslash and letters, perhaps with a number; a blank behind them belongs to them. */
static int
read_word(struct reading *reading)
{
	char name[WORD_BYTES_MAX];
	const struct word *word;
	size_t used = 0;
	bool minus = false, has_number = false, star = reading->star;
	long number = 0;

	for (; reading->at < reading->len && isalpha((unsigned char)reading->data[reading->at]);
		 reading->at++)
		if (used + 1 < sizeof(name))
			name[used++] = reading->data[reading->at];
	name[used] = '\0';
	if (reading->at < reading->len && reading->data[reading->at] == '-') {
		minus = true;
		reading->at++;
	}
	for (; reading->at < reading->len && isdigit((unsigned char)reading->data[reading->at]);
		 reading->at++) {
		has_number = true;
		if (number < 100000000)
			number = number * 10 + (reading->data[reading->at] - '0');
	}
	if (reading->at < reading->len && reading->data[reading->at] == ' ')
		reading->at++;
	reading->star = false;
	word = find_word(name);
	if (star && (word == NULL || (word->action != ACTION_KEEP && word->action != ACTION_TARGET))) {
		begin_target(reading, TARGET_SKIPPED);
		return 0;
	}
	return word == NULL ? 0 : act(reading, word, has_number, minus ? -number : number);
}

static int
hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* A backslash and one other character. */
static int
read_symbol(struct reading *reading)
{
	char symbol = reading->data[reading->at++];

	switch (symbol) {
	case '\'':
		if (reading->len - reading->at >= 2 && hex(reading->data[reading->at]) >= 0 &&
			hex(reading->data[reading->at + 1]) >= 0) {
			int byte = hex(reading->data[reading->at]) << 4 | hex(reading->data[reading->at + 1]);

			reading->at += 2;
			add_byte(reading, (unsigned char)byte);
		}
		return 0;
	case '*':
		reading->star = true;
		return 0;
	case '~':
		add_point(reading, 0xa0);
		return 0;
	case '_':
		add_point(reading, '-');
		return 0;
	case '\\':
	case '{':
	case '}':
		add_byte(reading, (unsigned char)symbol);
		return 0;
	case '\n':
	case '\r':
		return group(reading)->target == TARGET_SKIPPED ? 0 : end_paragraph(reading);
	default:
		return 0; /* a place where a word may be parted, and others that show nothing */
	}
}

static int
walk(struct reading *reading)
{
	int rc = 0;

	while (reading->at < reading->len && rc == 0) {
		char byte = reading->data[reading->at++];

		if (byte == '{')
			rc = open_group(reading);
		else if (byte == '}')
			close_group(reading);
		else if (byte == '\\' && reading->at < reading->len)
			rc = isalpha((unsigned char)reading->data[reading->at]) ? read_word(reading)
																	: read_symbol(reading);
		else if (byte != '\r' && byte != '\n' && byte != '\0')
			add_byte(reading, (unsigned char)byte);
	}
	return rc;
}

/* The title stands before the text, and is needed before its first block. */
static void
find_title(const struct extract_input *input, struct extract_buffer *out)
{
	size_t head = input->len < 64 * 1024 ? input->len : 64 * 1024;
	const char *at = memmem(input->data, head, "{\\title ", 8), *end;

	if (at == NULL)
		return;
	at += 8;
	for (end = at; end < input->data + head && *end != '}' && *end != '\\' && *end != '{'; end++)
		continue;
	if (end < input->data + head && *end == '}' &&
		!extract_decode_text(at, (size_t)(end - at), "windows-1252", out))
		extract_buffer_truncate(out, 0);
}

int
extract_rtf_read(const struct extract_input *input, struct extract_sink *sink)
{
	struct reading reading = {.data = input->data, .len = input->len, .sink = sink};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	int rc;

	find_title(input, &title);
	rc = extract_sink_document(sink, EXTRACT_FORMAT_RTF, extract_buffer_string(&title), 0);
	reading.groups = extract_memory_resize(NULL, DEPTH_MAX, sizeof(*reading.groups));
	reading.groups[0] = (struct group){.skipped = 1};
	reading.tables.page = 1252;
	if (rc == 0)
		rc = walk(&reading);
	if (rc == 0) {
		reading.inner = reading.in_table = false;
		rc = end_paragraph(&reading);
	}
	extract_memory_free(reading.groups);
	extract_rtf_tables_close(&reading.tables);
	extract_rtf_text_close(&reading.text);
	extract_buffer_close(&reading.saved);
	extract_buffer_close(&reading.notes);
	extract_buffer_close(&reading.cell);
	extract_table_close(&reading.table);
	return rc;
}
