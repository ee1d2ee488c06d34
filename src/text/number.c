/* SPDX-License-Identifier: Apache-2.0 */
/* number.c: tells what the marks in a number mean by how many digits stand between them. */
#include "text/number.h"

#include "text/points.h"

static size_t
digits_at(const uint32_t *points, size_t n, size_t at)
{
	size_t count = 0;

	while (at + count < n && bh_point_is_digit(points[at + count]))
		count++;
	return count;
}

static bool
is_hex(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_mark(uint32_t c)
{
	return c == '.' || c == ',' || c == ':' || c == '\'';
}

/* A comma or an apostrophe between digits: thousands, or the only comma and at most two decimals. */
static bool
divides(const uint32_t *points, size_t n, size_t start, size_t at)
{
	size_t before = 0, behind = digits_at(points, n, at + 1), next = at + 1 + behind;

	while (at > start + before && bh_point_is_digit(points[at - 1 - before]))
		before++;
	if (behind == 3)
		return before <= 3;
	if (points[at] == '\'' ||
		(start > 1 && points[start - 1] == ',' && bh_point_is_digit(points[start - 2])))
		return false;
	for (size_t i = start; i < at; i++) {
		if (points[i] == ',')
			return false;
	}
	return behind <= 2 &&
		!(next + 1 < n && points[next] == ',' && bh_point_is_digit(points[next + 1]));
}

size_t
bh_number_end(const uint32_t *points, size_t n, size_t at)
{
	size_t start = at;

	for (;;) {
		at += digits_at(points, n, at);
		if (at + 1 >= n || !is_mark(points[at]) || !bh_point_is_digit(points[at + 1]))
			return at;
		if ((points[at] == ',' || points[at] == '\'') && !divides(points, n, start, at))
			return at;
		at++;
	}
}

size_t
bh_number_address_end(const uint32_t *points, size_t n, size_t at)
{
	size_t end = at, pairs = 0;

	if (at > 0 &&
		(bh_point_is_letter(points[at - 1]) || bh_point_is_digit(points[at - 1]) ||
			points[at - 1] == ':'))
		return at;
	while (end + 1 < n && is_hex(points[end]) && is_hex(points[end + 1])) {
		end += 2;
		pairs++;
		if (end >= n || points[end] != ':')
			break;
		end++;
	}
	if ((pairs != 6 && pairs != 8) || points[end - 1] == ':' ||
		(end < n && (bh_point_is_letter(points[end]) || bh_point_is_digit(points[end]))))
		return at;
	return end;
}

/* Whether every group behind the first `mark` up to `end` has three digits. */
static bool
is_grouped(const uint32_t *points, size_t start, size_t end, uint32_t mark)
{
	size_t first = digits_at(points, end, start), at = start + first;

	if (first > 3)
		return false;
	while (at < end) {
		if (points[at] != mark || digits_at(points, end, at + 1) != 3)
			return false;
		at += 4;
	}
	return true;
}

static void
add_digits(const uint32_t *points, size_t start, size_t end, struct bh_buf *out)
{
	for (size_t i = start; i < end; i++) {
		if (bh_point_is_digit(points[i]))
			bh_buf_char(out, (char)points[i]);
	}
}

bool
bh_number_spell(const uint32_t *points, size_t start, size_t end, struct bh_buf *out)
{
	size_t marks = 0, last = end, i;
	uint32_t first = 0;

	for (i = start; i < end; i++) {
		if (bh_point_is_digit(points[i]))
			continue;
		first = marks++ == 0 ? points[i] : first;
		last = i;
	}
	/* 1,250,000 and 1.250.000 and 1'250: but 1.250 and 2.3.1 stay. */
	if (marks > 0 && first != ':' && (marks > 1 || first != '.') &&
		is_grouped(points, start, end, first)) {
		add_digits(points, start, end, out);
		return false;
	}
	/* 1,250.50 and 1.250,50. */
	if (marks > 1 && first != ':' && points[last] != first &&
		(points[last] == '.' || points[last] == ',') && is_grouped(points, start, last, first)) {
		add_digits(points, start, last, out);
		bh_buf_char(out, '.');
		add_digits(points, last, end, out);
		return false;
	}
	for (i = start; i < end; i++)
		bh_buf_char(out, points[i] == ',' ? '.' : (char)points[i]);
	return marks == 1 && first == '.' && is_grouped(points, start, end, first);
}
