/* SPDX-License-Identifier: Apache-2.0 */
/* act.h: how a billable act ends, and where its figures come from. */
#ifndef BH_METER_ACT_H
#define BH_METER_ACT_H

/* How an act ended. */
enum meter_status {
	METER_OK,
	METER_CUT,       /* the client left, or was cut off */
	METER_TRUNCATED, /* what did it ended early */
	METER_FAILED,    /* nothing came of it */
	METER_LOST       /* our process died */
};

/* Where its figures come from: from what did it, from our count, from an estimate. */
enum meter_source { METER_REPORTED, METER_COUNTED, METER_ESTIMATED };

/* Their names in rows, answers and audit lines; "" for no such one. */
const char *meter_status_name(enum meter_status status);
const char *meter_source_name(enum meter_source source);

#endif
