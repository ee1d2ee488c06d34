/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h: what was used by a customer, as a meter adds it up. */
#ifndef BH_STRIPEMOCK_METER_H
#define BH_STRIPEMOCK_METER_H

#include "stripemock/work.h"

/* From `start` until before `end`. */
BH_MUST_CHECK int stripemock_meter_usage(struct stripemock_work *work, const char *meter,
	const char *customer, int64_t start, int64_t end, int64_t *out);

#endif
