/* SPDX-License-Identifier: Apache-2.0 */
/* audit_event.h: an audit event as clients see it, and as its tenant's chain holds it.
 *
 * Each tenant has a Merkle tree (sec/merkle.h) over its events. What is hashed of an event is its text: the JSON object
 * with the members of bh_audit_event_shape in that order up to `details`, without `position`, no blanks between
 * them, absent values as null, `details` byte for byte as the line in the file. So a line of an export is hashed as it
 * is: what stands before the last `,"position":`, and a closing brace. The table's order and the writing of its values
 * can therefore never change; what is added to events later stands behind `position`.
 *
 * Positions are given out by the database when lines are indexed (audit_add_chained), whichever service and machine
 * they are from; the hashes are made here, by whoever reads the files. docs/audit.md describes the rest. */
#ifndef BH_SERVICE_AUDIT_EVENT_H
#define BH_SERVICE_AUDIT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "json/fields.h"
#include "sec/merkle.h"

/* What parts an event's text from what is not hashed. */
#define BH_AUDIT_EVENT_END ",\"position\":"

/* Text is borrowed; NULL reads as null. */
struct bh_audit_event {
	struct bh_uuid id, tenant;
	int64_t time_ms;
	const char *source, *action, *actor, *target, *request_id;
	const char *details; /* a JSON object */
	int64_t status;
	bool staff;
	bool chained; /* it has a position */
	int64_t position;
};

extern const struct bh_shape bh_audit_event_shape;

/* The time is in the id, where the line's was put. */
int64_t bh_audit_event_time_ms(const struct bh_uuid *id);

/* What is hashed, appended. */
void bh_audit_event_text(const struct bh_audit_event *event, struct bh_buf *out);
/* Its leaf; `scratch` is overwritten. */
void bh_audit_event_leaf(struct bh_merkle *merkle, const struct bh_audit_event *event,
	struct bh_buf *scratch, struct bh_digest *out);

#endif
