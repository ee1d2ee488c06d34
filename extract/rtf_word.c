/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_word.c: the control words of Rich Text Format. */
#include <stdio.h>
#include <string.h>

#include "rtf_reading.h"

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
add_note_number(struct extract_rtf_reading *reading)
{
	char text[16];

	if (!extract_rtf_is_shown(reading))
		return;
	if (!reading->inner)
		reading->notes_count++;
	snprintf(text, sizeof(text), "[%u]", reading->notes_count);
	for (const char *at = text; *at != '\0'; at++)
		extract_rtf_text_point(&reading->text, (unsigned char)*at);
}

static void
begin_row(struct extract_rtf_reading *reading)
{
	reading->cells = 0;
	reading->merge = false;
}

static void
describe_cell(struct extract_rtf_reading *reading)
{
	if (reading->cells < CELLS_MAX)
		reading->merged[reading->cells++] = reading->merge;
	reading->merge = false;
}

static void
reset(struct extract_rtf_reading *reading)
{
	if (reading->inner)
		return;
	reading->heading = 0;
	reading->in_table = false;
}

/* "\*\ud" is inside of what it stands for, which is skipped; it takes over from there. */
static void
keep(struct extract_rtf_reading *reading)
{
	if (reading->depth > 0 && extract_rtf_group(reading)->target == TARGET_SKIPPED &&
		reading->groups[reading->depth - 1].begins)
		extract_rtf_group(reading)->target = TARGET_TEXT;
}

/* What concerns the text of the group that is read, or the table of styles. */
static int
act_in_text(struct extract_rtf_reading *reading, const struct word *word, long number)
{
	const struct extract_rtf_group_state *here = extract_rtf_group(reading);

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
		return extract_rtf_end_paragraph(reading);
	case ACTION_RESET:
		reset(reading);
		return 0;
	case ACTION_CELL:
		extract_rtf_end_cell(reading);
		return 0;
	case ACTION_ROW:
		return extract_rtf_end_row(reading);
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
act(struct extract_rtf_reading *reading, const struct word *word, bool has_number, long number)
{
	struct extract_rtf_group_state *here = extract_rtf_group(reading);

	switch (word->action) {
	case ACTION_POINT:
		extract_rtf_add_point(reading, (uint32_t)word->value);
		return 0;
	case ACTION_TARGET:
		extract_rtf_begin_target(reading, (enum extract_rtf_target)word->value);
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
		extract_rtf_add_unicode(reading, number);
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

int
extract_rtf_word(struct extract_rtf_reading *reading, const char *name, bool star, bool has_number,
	long number)
{
	const struct word *word = find_word(name);

	if (star && (word == NULL || (word->action != ACTION_KEEP && word->action != ACTION_TARGET))) {
		extract_rtf_begin_target(reading, TARGET_SKIPPED);
		return 0;
	}
	return word == NULL ? 0 : act(reading, word, has_number, number);
}
