/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_table.c: see the header. */
#include "rtf_table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "decode.h"
#include "unicode.h"

void
extract_rtf_tables_font(struct extract_rtf_tables *tables, long number)
{
	if (tables->font_count >= EXTRACT_RTF_FONTS_MAX)
		return;
	tables->fonts = extract_memory_resize(tables->fonts, tables->font_count + 1,
		sizeof(*tables->fonts));
	tables->fonts[tables->font_count++] = (struct extract_rtf_font){.number = number};
}

static long
page_of_charset(long charset)
{
	static const short pages[][2] = {{2, EXTRACT_RTF_PAGE_SYMBOL}, {77, 10000}, {128, 932},
		{129, 949}, {130, 1361}, {134, 936}, {136, 950}, {161, 1253}, {162, 1254}, {163, 1258},
		{177, 1255}, {178, 1256}, {186, 1257}, {204, 1251}, {222, 874}, {238, 1250}, {254, 437},
		{255, 437}};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i][0] == charset)
			return pages[i][1];
	return 0; /* Western ones are often given where the document's is meant */
}

void
extract_rtf_tables_charset(struct extract_rtf_tables *tables, long number, bool is_page)
{
	if (tables->font_count > 0)
		tables->fonts[tables->font_count - 1].page = is_page ? number : page_of_charset(number);
}

void
extract_rtf_tables_style(struct extract_rtf_tables *tables, long number)
{
	if (tables->style_count >= EXTRACT_RTF_STYLES_MAX)
		return;
	tables->styles = extract_memory_resize(tables->styles, tables->style_count + 1,
		sizeof(*tables->styles));
	tables->styles[tables->style_count++] = (struct extract_rtf_style){.number = number};
	tables->name_len = 0;
}

void
extract_rtf_tables_outline(struct extract_rtf_tables *tables, long level)
{
	if (tables->style_count > 0 && level >= 0 && level < 9)
		tables->styles[tables->style_count - 1].heading = level > 5 ? 6 : (int)level + 1;
}

static void
end_name(struct extract_rtf_tables *tables)
{
	const char *name = tables->name;
	struct extract_rtf_style *style;

	name += strspn(name, " ");
	if (tables->style_count > 0 && tables->name_len > 0) {
		style = &tables->styles[tables->style_count - 1];
		if (style->heading == 0 && strcasecmp(name, "title") == 0)
			style->heading = 1;
		if (style->heading == 0 && strncasecmp(name, "heading ", 8) == 0 && name[8] >= '1' &&
			name[8] <= '9')
			style->heading = name[8] > '6' ? 6 : name[8] - '0';
	}
	tables->name_len = 0;
	tables->name[0] = '\0';
}

void
extract_rtf_tables_name(struct extract_rtf_tables *tables, const char *text)
{
	if (text[0] == '\0' || text[0] == ';') {
		end_name(tables);
	} else if (tables->name_len + 1 < sizeof(tables->name)) {
		tables->name[tables->name_len++] = text[0];
		tables->name[tables->name_len] = '\0';
	}
}

long
extract_rtf_tables_page(const struct extract_rtf_tables *tables, long font)
{
	for (size_t i = 0; i < tables->font_count; i++)
		if (tables->fonts[i].number == font)
			return tables->fonts[i].page;
	return 0;
}

int
extract_rtf_tables_heading(const struct extract_rtf_tables *tables, long style)
{
	for (size_t i = 0; i < tables->style_count; i++)
		if (tables->styles[i].number == style)
			return tables->styles[i].heading;
	return 0;
}

void
extract_rtf_tables_close(struct extract_rtf_tables *tables)
{
	extract_memory_free(tables->fonts);
	extract_memory_free(tables->styles);
	*tables = (struct extract_rtf_tables){0};
}

static void
name_page(long page, char *name, size_t size)
{
	if (page == 932)
		snprintf(name, size, "Shift_JIS");
	else if (page == 437 || page == 850 || page == 852 || page == 866)
		snprintf(name, size, "ibm-%ld", page);
	else if (page == 10000)
		snprintf(name, size, "macintosh");
	else if (page == 65001)
		snprintf(name, size, "UTF-8");
	else
		snprintf(name, size, "windows-%ld", page);
}

static bool
is_double(long page)
{
	return page == 932 || page == 936 || page == 949 || page == 950 || page == 1361;
}

void
extract_rtf_text_byte(struct extract_rtf_text *text, long page, unsigned char byte)
{
	if (page == EXTRACT_RTF_PAGE_SYMBOL) {
		extract_rtf_text_end(text);
		/* Of pictures only the usual bullet has a meaning everywhere. */
		if (byte < 0x80 || byte == 0xb7)
			extract_buffer_point(&text->out, byte == 0xb7 ? 0x2022 : byte);
		return;
	}
	if (byte < 0x80 && !text->lead) {
		extract_rtf_text_end(text);
		extract_buffer_byte(&text->out, (char)byte);
		return;
	}
	if (text->page != page)
		extract_rtf_text_end(text);
	text->page = page;
	/* The second of two bytes may be an ordinary letter. */
	text->lead = is_double(page) && !text->lead && byte > 0x80 &&
		!(page == 932 && byte >= 0xa0 && byte < 0xe0);
	extract_buffer_byte(&text->bytes, (char)byte);
}

void
extract_rtf_text_point(struct extract_rtf_text *text, uint32_t point)
{
	extract_rtf_text_end(text);
	extract_buffer_point(&text->out, point);
}

void
extract_rtf_text_end(struct extract_rtf_text *text)
{
	const char *bytes = extract_buffer_string(&text->bytes);
	char name[32];

	if (text->bytes.len == 0)
		return;
	name_page(text->page, name, sizeof(name));
	if (!extract_decode_charset(name, bytes, text->bytes.len, &text->out) &&
		!extract_decode_charset("windows-1252", bytes, text->bytes.len, &text->out))
		extract_buffer_point(&text->out, 0xfffd);
	extract_buffer_truncate(&text->bytes, 0);
	text->lead = false;
}

void
extract_rtf_text_close(struct extract_rtf_text *text)
{
	extract_buffer_close(&text->out);
	extract_buffer_close(&text->bytes);
	*text = (struct extract_rtf_text){0};
}
