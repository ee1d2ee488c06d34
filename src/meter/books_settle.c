/* SPDX-License-Identifier: Apache-2.0 */
/* books_settle.c: events of ended acts, written together with the settlement of their reservations. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "meter/books.h"
#include "meter/price.h"

enum { IDS = 7, TEXTS = 7, NUMBERS = 14, COLUMNS = IDS + TEXTS + NUMBERS };

/* An event by the types of its columns, in the order in which meter_settle names them. */
struct event {
	struct bh_uuid ids[IDS];
	const char *texts[TEXTS];
	int64_t numbers[NUMBERS];
	int64_t prices[METER_LINES];
};

/* A figure as a sum can take it. */
static int64_t
bounded(int64_t quantity)
{
	if (quantity < 0)
		return 0;
	return quantity > METER_QUANTITY_MOST ? METER_QUANTITY_MOST : quantity;
}

static struct event
event_of(const struct meter_slot *slot)
{
	int64_t used[METER_LINES];
	struct event event;

	for (int line = 0; line < METER_LINES; line++)
		used[line] = bounded(slot->used[line]);
	event = (struct event){
		{slot->act, slot->model_tenant, slot->model_id, slot->credential, slot->user, slot->key,
			slot->team},
		{slot->request_id, meter_kind_name(slot->kind), slot->model, slot->subject, slot->actor,
			meter_status_name(slot->status), meter_source_name(slot->source)},
		{slot->kind, slot->started_ms, slot->ended_ms, slot->streamed, slot->batch,
			used[METER_INPUT] + used[METER_CACHED] + used[METER_CACHE_WRITE], used[METER_CACHED],
			used[METER_CACHE_WRITE], used[METER_OUTPUT], used[METER_UNITS], slot->price_known,
			slot->price_version, slot->rate_version, meter_cost(slot->prices, used)},
	};
	memcpy(event.prices, slot->prices, sizeof(event.prices));
	return event;
}

/* An array a column, and the prices of all. All live in the arena. */
static void
columns_of(struct bh_arena *arena, const struct event *events, size_t count,
	struct bh_param columns[COLUMNS + 1])
{
	int64_t *prices = bh_arena_array(arena, METER_LINES * count, sizeof(*prices));

	for (size_t c = 0; c < IDS; c++) {
		struct bh_uuid *column = bh_arena_array(arena, count, sizeof(*column));

		for (size_t i = 0; i < count; i++)
			column[i] = events[i].ids[c];
		*columns++ = bh_uuid_array_param(column, count);
	}
	for (size_t c = 0; c < TEXTS; c++) {
		const char **column = bh_arena_array(arena, count, sizeof(*column));

		for (size_t i = 0; i < count; i++)
			column[i] = events[i].texts[c];
		*columns++ = bh_text_array_param(column, count);
	}
	for (size_t c = 0; c < NUMBERS; c++) {
		int64_t *column = bh_arena_array(arena, count, sizeof(*column));

		for (size_t i = 0; i < count; i++)
			column[i] = events[i].numbers[c];
		*columns++ = bh_int_array_param(column, count);
	}
	for (size_t i = 0; i < count; i++)
		memcpy(prices + METER_LINES * i, events[i].prices, sizeof(events[i].prices));
	*columns = bh_int_array_param(prices, METER_LINES * count);
}

/* `reason` and `record`: NULL but in quarantine. */
static int
settle(struct bh_db *db, const struct bh_uuid *tenant, const struct event *events, size_t count,
	const char *reason, const struct bh_buf *record)
{
	static const char sql[] =
		"SELECT meter_settle($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
		"  $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";
	struct bh_param params[1 + COLUMNS + 1 + 2];
	int64_t fresh;

	params[0] = bh_uuid_param(tenant);
	columns_of(db->arena, events, count, params + 1);
	params[COLUMNS + 2] = bh_text_param(reason);
	params[COLUMNS + 3] = bh_json_param(record != NULL ? record->data : NULL,
		record != NULL ? record->len : 0);
	return bh_db_one(db, sql, BH_LIST(params), &bh_row_int, &fresh);
}

int
meter_books_settle(struct bh_db *db, const struct bh_uuid *tenant, struct meter_slot *const *slots,
	size_t count)
{
	struct event *events = bh_arena_array(db->arena, count, sizeof(*events));

	for (size_t i = 0; i < count; i++)
		events[i] = event_of(slots[i]);
	return settle(db, tenant, events, count, NULL, NULL);
}

/* ---- quarantine ---- */

/* Bytes that are no UTF-8 as code points of the same number, from which they can be told again. */
static const char *
readable(struct bh_arena *arena, const char *text)
{
	size_t len = strlen(text);
	struct bh_buf points = {0};
	const char *copy;

	if (bh_text_is_utf8(text, len))
		return text;
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= 0x80)
			bh_buf_char(&points, (char)(0xc0 | byte >> 6));
		bh_buf_char(&points, (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte));
	}
	copy = bh_arena_strdup(arena, bh_buf_string(&points));
	bh_buf_close(&points);
	return copy;
}

static void
write_uuid(struct bh_write *write, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_write_pair_text(write, name, text);
}

/* Milliseconds since 1970 are kept where they are no date that a calendar has. */
static void
write_time(struct bh_write *write, const char *name, int64_t wall_ms)
{
	char text[BH_TIME_TEXT];

	if (wall_ms < 0 || wall_ms > INT64_C(253402300799000)) {
		bh_write_pair_int(write, name, wall_ms);
		return;
	}
	bh_clock_format(wall_ms, text);
	bh_write_pair_text(write, name, text);
}

/* The event that was refused, a member a column; the database adds what it costs and when it came. */
static void
write_record(const struct meter_slot *slot, const struct event *event, struct bh_buf *out)
{
	static const char *const ids[IDS] = {"id", "model_tenant_id", "model_id", "credential_id",
		"user_id", "key_id", "team_id"};
	static const char *const texts[TEXTS] = {"request_id", "kind", "model", "subject", "actor",
		"status", "source"};
	static const char *const numbers[NUMBERS] = {NULL, NULL, NULL, NULL, NULL, "input_tokens",
		"cached_tokens", "cache_write_tokens", "output_tokens", "units", NULL, "price_version",
		"rate_version", NULL};
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	write_uuid(&write, "tenant_id", &slot->tenant);
	for (size_t i = 0; i < IDS; i++)
		write_uuid(&write, ids[i], &event->ids[i]);
	for (size_t i = 0; i < TEXTS; i++)
		bh_write_pair_text(&write, texts[i], event->texts[i]);
	for (size_t i = 0; i < NUMBERS; i++) {
		if (numbers[i] != NULL)
			bh_write_pair_int(&write, numbers[i], event->numbers[i]);
	}
	write_time(&write, "started_at", slot->started_ms);
	write_time(&write, "ended_at", slot->ended_ms);
	bh_write_pair_bool(&write, "streamed", slot->streamed);
	bh_write_pair_bool(&write, "batch", slot->batch);
	bh_write_pair_bool(&write, "price_known", slot->price_known);
	bh_write_end(&write);
}

int
meter_books_quarantine(struct bh_db *db, const struct bh_uuid *tenant, struct meter_slot *slot,
	const char *reason)
{
	BH_AUTO(bh_buf_close) struct bh_buf record = {0};
	struct event event = event_of(slot);

	for (size_t i = 0; i < TEXTS; i++)
		event.texts[i] = readable(db->arena, event.texts[i]);
	write_record(slot, &event, &record);
	return settle(db, tenant, &event, 1, reason, &record);
}
