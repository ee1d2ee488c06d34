/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c: comma-separated values: each record a row of the table, the first perhaps its header. */
#include "csv.h"

#include <string.h>
#include <strings.h>

#include "protocol.h"
#include "reader.h"
#include "sink.h"

enum {
	SNIFF_BYTES = 16 * 1024,
	PREFACE_MAX = 8,
};

char
extract_csv_separator(const char *text, size_t len)
{
	static const char candidates[] = ",;\t|";
	size_t best = 0, counts[4] = {0};
	bool quoted = false;

	len = len < SNIFF_BYTES ? len : SNIFF_BYTES;
	for (size_t i = 0; i < len; i++) {
		const char *found;

		if (text[i] == '"')
			quoted = !quoted;
		/* The first record decides: later ones may hold more prose than cells. */
		if (!quoted && text[i] == '\n')
			break;
		found = quoted || text[i] == '\0' ? NULL : strchr(candidates, text[i]);
		if (found != NULL)
			counts[found - candidates]++;
	}
	for (size_t i = 1; i < 4; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

static bool
is_number(const char *cell)
{
	size_t digits = 0;

	for (; *cell != '\0'; cell++) {
		if (*cell >= '0' && *cell <= '9')
			digits++;
		else if (strchr(" +-.,%$()/:", *cell) == NULL)
			return false;
	}
	return digits > 0;
}

/* Four digits that may stand above a column of figures. */
static bool
is_year(const char *cell)
{
	cell += strspn(cell, " \t");
	return strspn(cell, "0123456789") == 4 && (cell[0] == '1' || cell[0] == '2') &&
		cell[4 + strspn(cell + 4, " \t")] == '\0';
}

static bool
is_blank(const char *cell)
{
	return cell[strspn(cell, " \t\r\n")] == '\0';
}

static void
end_cell(struct extract_csv *csv, size_t start)
{
	const char *cell;

	extract_buffer_byte(&csv->row, '\0');
	cell = csv->row.data + start;
	csv->cells++;
	csv->filled += !is_blank(cell);
	csv->numbers += is_number(cell);
	csv->years += is_year(cell);
}

/* Reads a quoted cell whose opening quote is behind us, up to behind the closing one. */
static void
read_quoted(struct extract_csv *csv)
{
	while (csv->at < csv->len) {
		char byte = csv->text[csv->at++];

		if (byte == '"') {
			if (csv->at >= csv->len || csv->text[csv->at] != '"')
				return;
			csv->at++;
		}
		if (byte != '\0')
			extract_buffer_byte(&csv->row, byte);
		if (csv->row.len > EXTRACT_CSV_RECORD_BYTES_MAX)
			return;
	}
}

int
extract_csv_next(struct extract_csv *csv)
{
	size_t start = 0;

	extract_buffer_truncate(&csv->row, 0);
	csv->cells = csv->filled = csv->numbers = csv->years = 0;
	if (csv->at >= csv->len)
		return 0;
	while (csv->at < csv->len) {
		char byte = csv->text[csv->at++];

		if (csv->row.len > EXTRACT_CSV_RECORD_BYTES_MAX || csv->cells > EXTRACT_CSV_CELLS_MAX)
			return EXTRACT_E_TOO_LARGE;
		if (byte == '"' && csv->row.len == start) {
			read_quoted(csv);
		} else if (byte == csv->separator) {
			end_cell(csv, start);
			start = csv->row.len;
		} else if (byte == '\n' || byte == '\r') {
			if (byte == '\r' && csv->at < csv->len && csv->text[csv->at] == '\n')
				csv->at++;
			break;
		} else if (byte != '\0') {
			extract_buffer_byte(&csv->row, byte);
		}
	}
	end_cell(csv, start);
	return 1;
}

void
extract_csv_join(const struct extract_csv *csv, struct extract_buffer *out)
{
	const char *cell = extract_buffer_string(&csv->row);
	size_t bars = 0;

	for (size_t i = 0; i < csv->cells; i++, bars++) {
		bool blank = false, any = false;

		for (; *cell != '\0'; cell++) {
			if (strchr(" \t\r\n", *cell) != NULL) {
				blank = any;
				continue;
			}
			/* The bars of empty cells wait for a filled one. */
			for (; bars > 0; bars--)
				extract_buffer_text(out, " | ");
			if (blank)
				extract_buffer_byte(out, ' ');
			extract_buffer_byte(out, *cell);
			blank = false;
			any = true;
		}
		cell++;
	}
}

void
extract_csv_close(struct extract_csv *csv)
{
	extract_buffer_close(&csv->row);
	*csv = (struct extract_csv){0};
}

/* Column headers are words, perhaps with years among them, and there is something below them. */
static bool
is_header(const struct extract_csv *csv)
{
	return csv->cells > 1 && csv->filled * 2 > csv->cells && csv->numbers == csv->years &&
		csv->numbers < csv->filled && csv->at < csv->len;
}

/* Reports open with lines about the table, one cell each. */
static bool
is_preface(const struct extract_csv *csv, size_t records)
{
	return csv->filled == 1 && csv->cells > 2 && records < PREFACE_MAX;
}

/* A first line "sep=;" is for Excel. */
static void
read_separator(struct extract_csv *csv)
{
	size_t end = 5;

	if (csv->len < 6 || memcmp(csv->text, "sep=", 4) != 0)
		return;
	end += end < csv->len && csv->text[end] == '\r';
	if (end < csv->len && csv->text[end] == '\n') {
		csv->separator = csv->text[4];
		csv->at = end + 1;
	}
}

static int
read_rows(struct extract_csv *csv, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer header = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer text = {0};
	size_t records = 0;
	bool first = true, headed = false;
	int rc;

	while ((rc = extract_csv_next(csv)) == 1) {
		struct extract_block block = {.kind = EXTRACT_TABLE_ROW};

		if (csv->filled == 0)
			continue;
		extract_buffer_truncate(&text, 0);
		extract_csv_join(csv, &text);
		if (headed)
			block.header = extract_buffer_string(&header);
		if (first && is_header(csv)) {
			extract_buffer_append(&header, text.data, text.len);
			headed = true;
		}
		first = first && is_preface(csv, records++);
		block.text = text.data;
		block.len = text.len;
		rc = extract_sink_block(sink, &block);
		if (rc < 0)
			return rc;
	}
	if (rc == EXTRACT_E_TOO_LARGE)
		return extract_sink_fail(sink, EXTRACT_E_TOO_LARGE, "A row of the table is too long.");
	return rc;
}

/* A name that promises tabs decides between them and the commas inside of cells. */
static bool
is_tabbed(const struct extract_input *input)
{
	const char *dot = strrchr(input->name, '.');

	return (dot != NULL && (strcasecmp(dot, ".tsv") == 0 || strcasecmp(dot, ".tab") == 0)) ||
		strncmp(input->mime, "text/tab-separated-values", 25) == 0;
}

int
extract_csv_read(const struct extract_input *input, struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer decoded = {0};
	EXTRACT_AUTO(extract_csv_close) struct extract_csv csv = {0};
	int rc = extract_text_decode(input, NULL, sink, &decoded);

	if (rc < 0)
		return rc;
	rc = extract_sink_document(sink, EXTRACT_FORMAT_CSV, NULL, 0);
	if (rc < 0)
		return rc;
	csv.text = extract_buffer_string(&decoded);
	csv.len = decoded.len;
	csv.separator = extract_csv_separator(csv.text, csv.len);
	if (is_tabbed(input) && memchr(csv.text, '\t', csv.len) != NULL)
		csv.separator = '\t';
	read_separator(&csv);
	return read_rows(&csv, sink);
}
