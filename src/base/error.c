/* SPDX-License-Identifier: Apache-2.0 */
/* error.c: the error table and the thread's last detail. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NEVER, LATER };

static const struct bh_error_row rows[] = {
#define BH_ERROR(symbol, status, retry, type, code, sentence) \
	{symbol, status, retry == LATER, #symbol, type, code, sentence},
#include "base/errors.def"
#undef BH_ERROR
};

static _Thread_local struct {
	int number;
	char detail[512];
	char param[128];
} last;

const struct bh_error_row *
bh_error_row(int number)
{
	if (number <= BH_E_FIRST || number >= BH_E_LAST)
		number = BH_E_INTERNAL;
	return &rows[number - BH_E_FIRST - 1];
}

const struct bh_error_row *
bh_error_public_row(int number)
{
	const struct bh_error_row *row = bh_error_row(number);

	if (row->status != 0)
		return row;
	if (number == BH_E_DB_DOWN || number == BH_E_DB_LATE || number == BH_E_DB_RETRY ||
		number == BH_E_POOL || number == BH_E_CONNECT || number == BH_E_STOPPING)
		return bh_error_row(BH_E_UNAVAILABLE);
	return bh_error_row(BH_E_INTERNAL);
}

int
bh_error_of_code(const char *code)
{
	int number = BH_E_FIRST + 1;

	while (number < BH_E_LAST &&
		(bh_error_row(number)->status == 0 || strcmp(bh_error_row(number)->code, code) != 0))
		number++;
	return number;
}

bool
bh_error_is_transient(int number)
{
	return bh_error_row(number)->is_transient;
}

/* Printed aside first: an argument may be the detail kept so far. */
static void keep(int number, const char *format, va_list args) BH_PRINTF(2, 0);

static void
keep(int number, const char *format, va_list args)
{
	char detail[sizeof(last.detail)];

	vsnprintf(detail, sizeof(detail), format, args);
	memcpy(last.detail, detail, sizeof(detail));
	last.number = number;
}

int
bh_error(int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep(number, format, args);
	va_end(args);
	last.param[0] = '\0';
	return number;
}

int
bh_error_param(int number, const char *param, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep(number, format, args);
	va_end(args);
	snprintf(last.param, sizeof(last.param), "%s", param);
	return number;
}

const char *
bh_error_detail(int number)
{
	return last.number == number ? last.detail : "";
}

const char *
bh_error_field(int number)
{
	return last.number == number && last.param[0] != '\0' ? last.param : NULL;
}

void
bh_error_clear(void)
{
	last.number = 0;
	last.detail[0] = '\0';
	last.param[0] = '\0';
}
