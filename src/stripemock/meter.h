/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h: what was used by a customer, as a meter adds it up. */
#ifndef BH_STRIPEMOCK_METER_H
#define BH_STRIPEMOCK_METER_H

#include "stripemock/work.h"

/* From `start` until before `end`. */
BH_MUST_CHECK int stripemock_meter_usage(struct stripemock_work *work, const char *meter,
	const char *customer, int64_t start, int64_t end, int64_t *out);

/* Notes the usage that the parameters tell of. *happened is when, in real time; a customer with a test clock lives by
 * that. What is wrong with it is told later, by an event. */
BH_MUST_CHECK int stripemock_meter_record(struct stripemock_work *work, const char *identifier,
	int64_t *happened);
/* The caller's name for it, or one of ours. */
const char *stripemock_meter_identifier(struct stripemock_work *work);

/* ---- meter_v2.c ---- */

/* Whether it is the token of a session that lasts. */
bool stripemock_meter_session_is(const struct stripemock *mock, const char *token, int64_t now_s);

#endif
