/* SPDX-License-Identifier: Apache-2.0 */
/* act.c: ends and sources as they are called. */
#include "meter/act.h"

#include <stddef.h>

#include "base/macros.h"

static const char *
name_of(const char *const *names, size_t count, unsigned value)
{
	return value < count ? names[value] : "";
}

const char *
meter_status_name(enum meter_status status)
{
	static const char *const names[] = {"ok", "cut", "truncated", "failed", "lost"};

	return name_of(BH_LIST(names), status);
}

const char *
meter_source_name(enum meter_source source)
{
	static const char *const names[] = {"reported", "counted", "estimated"};

	return name_of(BH_LIST(names), source);
}
