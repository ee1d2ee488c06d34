/* SPDX-License-Identifier: Apache-2.0 */
/* number_format.c: see the header. */
#include "number_format.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	LITERAL_BYTES_MAX = 64,
	DECIMALS_MAX = 15,
	CUTS_MAX = 8,
	ZEROS_MAX = 32,
	SECTIONS_MAX = 4,
	FIRST_YEAR = 1000,
	LAST_YEAR = 2999,
	SECONDS_OF_DAY = 86400,
};

/* Days that are more than the year 9999 are no date. */
static const double days_max = 2958466;

/* One section of a format code: what is before the number, how it is written, what is behind. */
struct section {
	char before[LITERAL_BYTES_MAX], behind[LITERAL_BYTES_MAX];
	size_t before_len, behind_len;
	bool digits, general, text;
	bool thousands, exponent, fraction;
	int decimals, scale, percents;
	int places, zeros; /* of the whole part: digits that are named, and that are shown at least */
	char between[LITERAL_BYTES_MAX]; /* what stands between digits, as in 000-00-0000 */
	struct {
		size_t end; /* in between */
		int places; /* before it */
	} cuts[CUTS_MAX];
	int cut_count;
	bool year, month, day, hour, minute, second, elapsed;
};

const char *
extract_number_format_code(long id)
{
	static const struct {
		short first, last;
		const char *code;
	} codes[] = {
		{1, 1, "0"},
		{2, 2, "0.00"},
		{3, 3, "#,##0"},
		{4, 4, "#,##0.00"},
		{9, 9, "0%"},
		{10, 10, "0.00%"},
		{11, 11, "0.00E+00"},
		{14, 14, "yyyy-mm-dd"},
		{15, 16, "d-mmm-yy"},
		{17, 17, "mmm-yy"},
		{18, 18, "h:mm AM/PM"},
		{19, 19, "h:mm:ss AM/PM"},
		{20, 20, "h:mm"},
		{21, 21, "h:mm:ss"},
		{22, 22, "yyyy-mm-dd h:mm"},
		{27, 31, "yyyy-mm-dd"},
		{32, 35, "h:mm:ss"},
		{36, 36, "yyyy-mm-dd"},
		{37, 38, "#,##0"},
		{39, 40, "#,##0.00"},
		{41, 42, "#,##0"},
		{43, 44, "#,##0.00"},
		{45, 45, "mm:ss"},
		{46, 46, "[h]:mm:ss"},
		{47, 47, "mm:ss"},
		{48, 48, "0.0E+0"},
		{49, 49, "@"},
		{50, 54, "yyyy-mm-dd"},
		{55, 56, "h:mm:ss"},
		{57, 58, "yyyy-mm-dd"},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (id >= codes[i].first && id <= codes[i].last)
			return codes[i].code;
	return "General";
}

static void
add_literal(struct section *section, const char *text, size_t len)
{
	char *where = section->digits ? section->behind : section->before;
	size_t *used = section->digits ? &section->behind_len : &section->before_len;

	if (*used + len >= LITERAL_BYTES_MAX)
		return;
	memcpy(where + *used, text, len);
	*used += len;
}

/* "[$€-407]" is a currency, "[h]" counts hours past a day, colours and conditions show nothing. */
static const char *
read_brackets(struct section *section, const char *code)
{
	const char *end = strchr(code, ']');
	size_t len;

	if (end == NULL)
		return code + strlen(code);
	len = (size_t)(end - code) - 1;
	if (code[1] == '$') {
		add_literal(section, code + 2, strcspn(code + 2, "-]"));
	} else if (len > 0 && strspn(code + 1, "hHmMsS") == len) {
		section->elapsed = true;
		section->hour = section->hour || tolower((unsigned char)code[1]) == 'h';
	}
	return end + 1;
}

static const char *
read_quoted(struct section *section, const char *code)
{
	size_t len = strcspn(code + 1, "\"");

	add_literal(section, code + 1, len);
	return code + 1 + len + (code[1 + len] == '"');
}

/* "m" is a minute beside hours or seconds, else a month. */
static const char *
read_date_letter(struct section *section, const char *code)
{
	char letter = (char)tolower((unsigned char)code[0]);
	size_t len = 1;

	while (tolower((unsigned char)code[len]) == letter)
		len++;
	if (letter == 'm' && len <= 2) {
		const char *next = code + len + strspn(code + len, ":. \\");

		if ((section->hour && !section->minute) || section->elapsed ||
			tolower((unsigned char)next[0]) == 's')
			section->minute = true;
		else
			section->month = true;
	}
	section->month = section->month || (letter == 'm' && len > 2);
	section->year = section->year || letter == 'y';
	section->day = section->day || letter == 'd';
	section->hour = section->hour || letter == 'h';
	section->second = section->second || letter == 's';
	return code + len;
}

/* Digits go on: what stood behind the first of them stands between. */
static void
add_cut(struct section *section)
{
	size_t start = section->cut_count == 0 ? 0 : section->cuts[section->cut_count - 1].end;

	if (section->behind_len == 0 || section->decimals > 0 || section->cut_count == CUTS_MAX ||
		start + section->behind_len > LITERAL_BYTES_MAX)
		return;
	memcpy(section->between + start, section->behind, section->behind_len);
	section->cuts[section->cut_count].end = start + section->behind_len;
	section->cuts[section->cut_count++].places = section->places;
	section->behind_len = 0;
}

static const char *
read_digits(struct section *section, const char *code)
{
	bool behind = false;

	section->digits = true;
	add_cut(section);
	for (; *code != '\0' && strchr("0#?.,/", *code) != NULL; code++) {
		if (*code == '.')
			behind = true;
		else if (*code == '/')
			section->fraction = true;
		else if (*code == ',' && !(code[1] != '\0' && strchr("0#?", code[1]) != NULL))
			section->scale++;
		else if (*code == ',')
			section->thousands = true;
		else if (behind && section->decimals < DECIMALS_MAX)
			section->decimals++;
		else if (!behind)
			section->places++;
		if (!behind && section->places > 0 && *code == '0' && section->zeros < ZEROS_MAX)
			section->zeros++;
	}
	if (toupper((unsigned char)code[0]) == 'E' && (code[1] == '+' || code[1] == '-')) {
		section->exponent = true;
		code += 2 + strspn(code + 2, "0#?");
	}
	return code;
}

static void
read_section(struct section *section, const char *code, const char *end)
{
	while (code < end) {
		if (*code == '[') {
			code = read_brackets(section, code);
		} else if (*code == '"') {
			code = read_quoted(section, code);
		} else if (*code == '\\' && code + 1 < end) {
			add_literal(section, code + 1, 1);
			code += 2;
		} else if (*code == '_' || *code == '*') {
			code += code + 1 < end ? 2 : 1; /* room for a sign, or filling */
		} else if (strncasecmp(code, "General", 7) == 0) {
			section->general = section->digits = true;
			code += 7;
		} else if (strncasecmp(code, "AM/PM", 5) == 0 || strncasecmp(code, "A/P", 3) == 0) {
			code += code[1] == '/' ? 3 : 5;
		} else if (strchr("0#?", *code) != NULL || (*code == '.' && strchr("0#?", code[1]))) {
			code = read_digits(section, code);
		} else if (strchr("yYmMdDhHsS", *code) != NULL) {
			code = read_date_letter(section, code);
		} else if (*code == '%') {
			section->percents++;
			add_literal(section, code++, 1);
		} else if (*code == '@') {
			section->text = true;
			code++;
		} else {
			add_literal(section, code++, 1);
		}
	}
}

/* The end of the section that begins here: a semicolon outside of quotes and brackets. */
static const char *
section_end(const char *code)
{
	for (; *code != '\0' && *code != ';'; code++) {
		if (*code == '\\' && code[1] != '\0')
			code++;
		else if (*code == '"' || *code == '[') {
			const char *close = strchr(code + 1, *code == '"' ? '"' : ']');

			if (close == NULL)
				return code + strlen(code);
			code = close;
		}
	}
	return code;
}

/* Whether the value fulfils the condition that the section begins with, as [<=9999999]; -1 if it has none. */
static int
meets(const char *code, const char *end, double value)
{
	while (code < end && *code == '[' && (code[1] == '\0' || strchr("<>=", code[1]) == NULL)) {
		code = memchr(code, ']', (size_t)(end - code));
		if (code == NULL)
			return -1;
		code++;
	}
	if (code >= end || *code != '[')
		return -1;
	if (code[1] == '<')
		return code[2] == '=' ? value <= strtod(code + 3, NULL)
			: code[2] == '>'  ? fabs(value - strtod(code + 3, NULL)) > 0
							  : value < strtod(code + 2, NULL);
	if (code[1] == '>')
		return code[2] == '=' ? value >= strtod(code + 3, NULL) : value > strtod(code + 2, NULL);
	return fabs(value - strtod(code + 2, NULL)) <= 0;
}

/* Reads the section for the value: positive, negative and zero may have one each, or each a condition. A negative
 * value in a section of its own is shown without its sign. */
static void
choose_section(struct section *section, const char *code, double *value)
{
	const char *starts[SECTIONS_MAX], *limits[SECTIONS_MAX];
	size_t count = 0, chosen = 0;

	for (const char *at = code; count < SECTIONS_MAX; at = limits[count - 1] + 1) {
		starts[count] = at;
		limits[count++] = section_end(at);
		if (*limits[count - 1] == '\0')
			break;
	}
	if (meets(starts[0], limits[0], *value) >= 0) {
		while (chosen + 1 < count && meets(starts[chosen], limits[chosen], *value) == 0)
			chosen++;
	} else if (*value < 0 && count > 1) {
		chosen = 1;
		*value = -*value;
	} else if (*value == 0 && count > 2) {
		chosen = 2;
	}
	read_section(section, starts[chosen], limits[chosen]);
}

static void
add_general(double value, struct extract_buffer *out)
{
	char text[64];

	if (fabs(value) < 1e18 && value == floor(value))
		snprintf(text, sizeof(text), "%.0f", value);
	else
		snprintf(text, sizeof(text), "%.15g", value);
	extract_buffer_text(out, text);
}

/* The calendar's date of a number of days since 1970, after the Gregorian calendar's cycle of 400
 * years. */
static void
date_of(int64_t days, int *out_year, int *out_month, int *out_day)
{
	int64_t shifted = days + 719468, era = shifted / 146097;
	int64_t of_era = shifted - era * 146097;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t month = (5 * of_year + 2) / 153;

	*out_day = (int)(of_year - (153 * month + 2) / 5 + 1);
	*out_month = (int)(month < 10 ? month + 3 : month - 9);
	*out_year = (int)(years + era * 400 + (*out_month <= 2));
}

static void
add_time(const struct section *section, int64_t seconds, struct extract_buffer *out)
{
	char text[64];
	int64_t hours = seconds / 3600, minutes = seconds / 60 % 60;

	if (!section->elapsed)
		hours %= 24;
	if (section->second && !section->hour)
		snprintf(text, sizeof(text), "%02" PRId64 ":%02" PRId64, hours * 60 + minutes,
			seconds % 60);
	else if (section->second || (seconds % 60 != 0 && !section->minute))
		snprintf(text, sizeof(text), "%02" PRId64 ":%02" PRId64 ":%02" PRId64, hours, minutes,
			seconds % 60);
	else
		snprintf(text, sizeof(text), "%02" PRId64 ":%02" PRId64, hours, minutes);
	extract_buffer_text(out, text);
}

static void
add_date(const struct section *section, double value, bool from_1904, struct extract_buffer *out)
{
	int64_t total = (int64_t)llround(value * SECONDS_OF_DAY), days = total / SECONDS_OF_DAY;
	bool dated = section->year || section->month || section->day;
	int year, month, day;
	char text[32];

	/* The spreadsheets' 29 February 1900 never was. */
	if (from_1904)
		days += 1462;
	else if (days < 60)
		days++;
	date_of(days - 25569, &year, &month, &day);
	if (section->day)
		snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
	else if (section->month)
		snprintf(text, sizeof(text), "%04d-%02d", year, month);
	else
		snprintf(text, sizeof(text), "%04d", year);
	if (dated)
		extract_buffer_text(out, text);
	if (!section->hour && !section->minute && !section->second)
		return;
	if (dated)
		extract_buffer_byte(out, ' ');
	add_time(section, dated ? total % SECONDS_OF_DAY : total, out);
}

/* Appends the digits with what stands between them, or a comma for each thousand. */
static void
add_grouped(const struct section *section, const char *digits, struct extract_buffer *out)
{
	size_t whole = strspn(digits, "0123456789"), start;

	for (size_t i = 0; i < whole; i++) {
		if (section->thousands && section->cut_count == 0 && i > 0 && (whole - i) % 3 == 0)
			extract_buffer_byte(out, ',');
		start = 0;
		for (int k = 0; k < section->cut_count; start = section->cuts[k++].end)
			if (whole - i == (size_t)(section->places - section->cuts[k].places))
				extract_buffer_append(out, section->between + start, section->cuts[k].end - start);
		extract_buffer_byte(out, digits[i]);
	}
	extract_buffer_text(out, digits + whole);
}

static void
add_number(const struct section *section, double value, struct extract_buffer *out)
{
	char text[400];

	for (int i = 0; i < section->percents && i < 2; i++)
		value *= 100;
	for (int i = 0; i < section->scale && i < 4; i++)
		value /= 1000;
	if (section->exponent)
		snprintf(text, sizeof(text), "%.*E", section->decimals, fabs(value));
	else
		snprintf(text, sizeof(text), "%0*.*f",
			section->zeros + section->decimals + (section->decimals > 0), section->decimals,
			fabs(value));
	/* A value that is shown as nothing has no sign. */
	if (value < 0 && strspn(text, "0.") != strlen(text))
		extract_buffer_byte(out, '-');
	extract_buffer_append(out, section->before, section->before_len);
	add_grouped(section, text, out);
	extract_buffer_append(out, section->behind, section->behind_len);
}

/* Four digits as they may stand above a column. */
static bool
is_year(const struct section *section, double value)
{
	return !section->thousands && section->decimals == 0 && section->percents == 0 &&
		section->before_len == 0 && section->behind_len == 0 && section->cut_count == 0 &&
		value == floor(value) && value >= FIRST_YEAR && value <= LAST_YEAR;
}

enum extract_sheet_kind
extract_number_format(double value, const char *code, bool from_1904, struct extract_buffer *out)
{
	struct section section = {0};
	bool date;

	choose_section(&section, code, &value);
	date = section.year || section.month || section.day || section.hour || section.minute ||
		section.second || section.elapsed;
	if (date && value >= 0 && value < days_max) {
		add_date(&section, value, from_1904, out);
		return EXTRACT_SHEET_DATE;
	}
	if (section.digits && !section.general && !section.fraction && !date && fabs(value) < 1e300) {
		add_number(&section, value, out);
	} else if (!section.digits && !section.text && !date && section.before_len > 0) {
		/* A section of words alone shows them, as in 0;-0;"none". */
		extract_buffer_append(out, section.before, section.before_len);
	} else {
		extract_buffer_append(out, section.before, section.general ? section.before_len : 0);
		add_general(value, out);
		extract_buffer_append(out, section.behind, section.general ? section.behind_len : 0);
	}
	return is_year(&section, value) ? EXTRACT_SHEET_YEAR : EXTRACT_SHEET_FIGURE;
}
