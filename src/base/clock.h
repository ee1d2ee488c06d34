/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: the two clocks. Domain code takes the time as an argument, so that tests own it. */
#ifndef BH_BASE_CLOCK_H
#define BH_BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BH_TIME_TEXT 25 /* 2026-11-23T19:35:38.123Z and the NUL */

/* Milliseconds since 1970, for what people and other machines see. May jump. */
int64_t bh_clock_wall_ms(void);

/* The same by the machine's own clock. A process whose machine's clock is wrong, or set while it runs, keeps the time of
 * those that it works with (service/clock.h): once a shift was set, bh_clock_wall_ms goes on from that moment, when it was
 * so much ahead of the machine's clock, and no longer looks at that. */
int64_t bh_clock_machine_ms(void);
void bh_clock_shift_set(int64_t ms);

/* Milliseconds (microseconds) of a clock that never goes back, for waits and durations. */
int64_t bh_clock_steady_ms(void);
int64_t bh_clock_steady_us(void);

/* A condition whose timed waits end by the steady clock. */
void bh_clock_cond_init(pthread_cond_t *cond);

/* Waits for a signal, at most until a moment of the steady clock; false once that has passed. The
 * condition was made by bh_clock_cond_init; as always, it may also wake for no reason. */
bool bh_clock_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t steady_ms);

/* Waits for the end of a thread; false if it still runs at that moment of the steady clock. */
bool bh_clock_join_until(pthread_t thread, int64_t steady_ms);

/* RFC 3339 in UTC with milliseconds. */
void bh_clock_format(int64_t wall_ms, char out[BH_TIME_TEXT]);

#endif
