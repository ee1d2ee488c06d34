/* clock.c: reading and printing time. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
bh_clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
bh_clock_steady_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
bh_clock_steady_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void
bh_clock_format(int64_t wall_ms, char out[BH_TIME_TEXT])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm = {0};
	unsigned ms = (unsigned)(wall_ms % 1000);

	gmtime_r(&seconds, &tm);
	strftime(out, BH_TIME_TEXT, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
	out[20] = (char)('0' + ms / 100);
	out[21] = (char)('0' + ms / 10 % 10);
	out[22] = (char)('0' + ms % 10);
}
