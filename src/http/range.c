/* SPDX-License-Identifier: Apache-2.0 */
/* range.c: "bytes=0-99", "bytes=100-", "bytes=-100". */
#include "http/range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MOST 18 /* of a position: more than any content has */

/* Digits at *at, behind which it moves: a number, or -1 for none. One that is too long is behind every end. */
static int64_t
read_number(const char **at)
{
	size_t n = strspn(*at, "0123456789");
	const char *digits = *at;
	int64_t number = 0;

	*at += n;
	if (n == 0)
		return -1;
	for (; n > 0 && *digits == '0'; n--)
		digits++;
	if (n > DIGITS_MOST)
		return INT64_MAX;
	for (; n > 0; n--)
		number = number * 10 + (*digits++ - '0');
	return number;
}

static enum bh_http_range_kind
part(int64_t start, int64_t bytes, struct bh_http_range *out)
{
	*out = (struct bh_http_range){start, bytes};
	return BH_RANGE_PART;
}

static enum bh_http_range_kind
none(struct bh_http_range *out)
{
	*out = (struct bh_http_range){0};
	return BH_RANGE_NONE;
}

enum bh_http_range_kind
bh_http_range_read(const char *header, int64_t bytes, struct bh_http_range *out)
{
	static const char unit[] = "bytes=";
	int64_t first, last;

	*out = (struct bh_http_range){0, bytes};
	if (header == NULL || strncasecmp(header, unit, sizeof(unit) - 1) != 0)
		return BH_RANGE_ALL;
	header += sizeof(unit) - 1;
	header += strspn(header, " \t");
	first = read_number(&header);
	if (*header++ != '-')
		return BH_RANGE_ALL;
	last = read_number(&header);
	header += strspn(header, " \t");
	if (*header != '\0' || (first < 0 && last < 0) || (last >= 0 && first > last))
		return BH_RANGE_ALL;

	/* The last so many. */
	if (first < 0)
		return last == 0 || bytes == 0 ? none(out)
			: last < bytes             ? part(bytes - last, last, out)
									   : part(0, bytes, out);
	if (first >= bytes)
		return none(out);
	return part(first, (last < 0 || last >= bytes ? bytes : last + 1) - first, out);
}
