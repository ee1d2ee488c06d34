/* SPDX-License-Identifier: Apache-2.0 */
/* audit_event.c: the text of an audit event, and its hash. */
#include "service/audit_event.h"

#define AT(member) offsetof(struct bh_audit_event, member)

/* The order is that of what was hashed: it stays as it is. */
static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "audit_event"},
	{"time", BH_FIELD_DATE, AT(time_ms)},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"source", BH_FIELD_TEXT, AT(source)},
	{"action", BH_FIELD_TEXT, AT(action)},
	{"actor", BH_FIELD_TEXT, AT(actor), BH_NULLABLE},
	{"staff", BH_FIELD_BOOL, AT(staff)},
	{"target", BH_FIELD_TEXT, AT(target), BH_NULLABLE},
	{"status", BH_FIELD_INT, AT(status)},
	{"request_id", BH_FIELD_TEXT, AT(request_id), BH_NULLABLE},
	{"details", BH_FIELD_JSON, AT(details)},
	/* From here on nothing is hashed. */
	{"position", BH_FIELD_INT, AT(position), BH_OMIT,
		.set = BH_SET(struct bh_audit_event, chained)},
};

#undef AT

enum { HASHED = BH_COUNT(fields) - 1 };

const struct bh_shape bh_audit_event_shape = BH_SHAPE("AuditEvent", struct bh_audit_event, fields);

int64_t
bh_audit_event_time_ms(const struct bh_uuid *id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->bytes[i];
	return ms;
}

void
bh_audit_event_text(const struct bh_audit_event *event, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_fields_write(&write, fields, HASHED, event);
}

void
bh_audit_event_leaf(struct bh_merkle *merkle, const struct bh_audit_event *event,
	struct bh_buf *scratch, struct bh_digest *out)
{
	bh_buf_reset(scratch);
	bh_audit_event_text(event, scratch);
	bh_merkle_leaf(merkle, scratch->data, scratch->len, NULL, 0, out);
}
