/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: reading and printing time. */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* How far the time of day is ahead of a clock that counts from the machine's start and that nobody sets; 0: not set. */
static _Atomic int64_t anchor_ms;

static int64_t
read_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
bh_clock_machine_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
bh_clock_wall_ms(void)
{
	int64_t ms = atomic_load_explicit(&anchor_ms, memory_order_relaxed);

	return ms != 0 ? read_us(CLOCK_BOOTTIME) / 1000 + ms : bh_clock_machine_ms();
}

void
bh_clock_shift_set(int64_t ms)
{
	atomic_store_explicit(&anchor_ms, bh_clock_machine_ms() + ms - read_us(CLOCK_BOOTTIME) / 1000,
		memory_order_relaxed);
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
bh_clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t steady;

	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &steady);
	pthread_condattr_destroy(&steady);
}

static struct timespec
timespec_of(int64_t ms)
{
	return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

bool
bh_clock_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t steady_ms)
{
	const struct timespec until = timespec_of(steady_ms);

	return pthread_cond_timedwait(cond, lock, &until) == 0;
}

bool
bh_clock_join_until(pthread_t thread, int64_t steady_ms)
{
	const struct timespec until = timespec_of(steady_ms);

	return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

/* The digits of `value`, `count` of them. */
static char *
digits(char *out, unsigned value, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + count;
}

/* Every audit line carries a time: strftime costs ten times as much. */
void
bh_clock_format(int64_t wall_ms, char out[BH_TIME_TEXT])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm = {0};
	char *at;

	gmtime_r(&seconds, &tm);
	at = digits(out, (unsigned)(tm.tm_year + 1900), 4);
	*at++ = '-';
	at = digits(at, (unsigned)(tm.tm_mon + 1), 2);
	*at++ = '-';
	at = digits(at, (unsigned)tm.tm_mday, 2);
	*at++ = 'T';
	at = digits(at, (unsigned)tm.tm_hour, 2);
	*at++ = ':';
	at = digits(at, (unsigned)tm.tm_min, 2);
	*at++ = ':';
	at = digits(at, (unsigned)tm.tm_sec, 2);
	*at++ = '.';
	at = digits(at, (unsigned)(wall_ms % 1000), 3);
	*at++ = 'Z';
	*at = '\0';
}
