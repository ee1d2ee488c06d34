/* SPDX-License-Identifier: Apache-2.0 */
/* audit_piece.c: which lines of a piece become rows now, and whose are left for later. */
#include "service/audit_piece.h"

#include <string.h>

#include "base/error.h"
#include "service/audit_event.h"
#include "service/audit_line.h"
#include "service/audit_store.h"

/* A piece that is being read. */
struct reading {
	struct bh_audit_piece *piece;
	const struct bh_uuid *only;
	struct bh_audit_step *step;
	/* How many lines of whom there were so far; used where the piece is crowded. */
	struct count {
		struct bh_uuid tenant;
		int64_t n;
	} * counts;
	size_t n_counts;
	struct bh_merkle merkle; /* owned */
	struct bh_buf text;      /* owned: of the event that is hashed */
};

static size_t
count_lines(const struct bh_buf *text)
{
	const char *at = text->data, *end = text->data + text->len;
	size_t n = 1;

	for (; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
		n++;
	return n;
}

static void
make_rows(struct reading *reading)
{
	struct bh_arena *arena = &reading->piece->arena;
	struct bh_audit_rows *rows = &reading->step->rows;
	size_t most = 2 * count_lines(&reading->piece->text);

	rows->tenants = bh_arena_array(arena, most, sizeof(*rows->tenants));
	rows->ids = bh_arena_array(arena, most, sizeof(*rows->ids));
	rows->actions = bh_arena_array(arena, most, sizeof(*rows->actions));
	rows->actors = bh_arena_array(arena, most, sizeof(*rows->actors));
	rows->objects = bh_arena_array(arena, most, sizeof(*rows->objects));
	rows->requests = bh_arena_array(arena, most, sizeof(*rows->requests));
	rows->lines = bh_arena_array(arena, most, sizeof(*rows->lines));
	rows->statuses = bh_arena_array(arena, most, sizeof(*rows->statuses));
	rows->staff = bh_arena_array(arena, most, sizeof(*rows->staff));
	rows->leaves = bh_arena_array(arena, most, sizeof(*rows->leaves));
	reading->counts = bh_arena_array(arena, most, sizeof(*reading->counts));
	reading->step->behind = bh_arena_array(arena, most, sizeof(*reading->step->behind));
	reading->step->behind_at = bh_arena_array(arena, most, sizeof(*reading->step->behind_at));
}

/* By the line's time and its place: the same whenever and by whomever it is read. */
static struct bh_uuid
make_id(const struct bh_digest *file, int64_t at, int64_t time_ms)
{
	struct bh_uuid id = bh_audit_first_id(time_ms);
	struct bh_digest digest;
	struct bh_hash hash;

	bh_hash_begin(&hash);
	bh_hash_add(&hash, file->bytes, sizeof(file->bytes));
	bh_hash_add(&hash, &at, sizeof(at));
	bh_hash_end(&hash, &digest);
	memcpy(id.bytes + 6, digest.bytes, sizeof(id.bytes) - 6);
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

static bool
was_passed(const struct reading *reading, const struct bh_uuid *tenant)
{
	const struct bh_audit_piece *piece = reading->piece;
	const struct bh_audit_step *step = reading->step;

	for (size_t i = 0; i < piece->n_passed; i++) {
		if (bh_uuid_equal(&piece->passed[i].tenant, tenant) &&
			memcmp(piece->passed[i].file.bytes, step->file->bytes, sizeof(step->file->bytes)) == 0)
			return true;
	}
	for (size_t i = 0; i < step->n_behind; i++) {
		if (bh_uuid_equal(&step->behind[i], tenant))
			return true;
	}
	return false;
}

static int64_t
count(struct reading *reading, const struct bh_uuid *tenant)
{
	size_t i = 0;

	while (i < reading->n_counts && !bh_uuid_equal(&reading->counts[i].tenant, tenant))
		i++;
	if (i == reading->n_counts)
		reading->counts[reading->n_counts++] = (struct count){*tenant, 0};
	return ++reading->counts[i].n;
}

/* Whether the tenant's line at this place becomes a row now. */
static bool
is_due(struct reading *reading, const struct bh_uuid *tenant, int64_t at)
{
	struct bh_audit_step *step = reading->step;

	if (reading->only != NULL)
		return bh_uuid_equal(reading->only, tenant);
	if (was_passed(reading, tenant))
		return false;
	if (!reading->piece->crowded || count(reading, tenant) <= BH_AUDIT_PIECE_LINES)
		return true;
	step->behind[step->n_behind] = *tenant;
	step->behind_at[step->n_behind++] = at;
	return false;
}

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* The hash of row i, as its tenant's chain will hold it. */
static void
hash_row(struct reading *reading, size_t i)
{
	struct bh_arena *arena = &reading->piece->arena;
	struct bh_audit_rows *rows = &reading->step->rows;
	struct bh_digest *leaf = bh_arena_alloc(arena, sizeof(*leaf));
	const struct bh_audit_event event = {
		.id = rows->ids[i],
		.tenant = rows->tenants[i],
		.time_ms = bh_audit_event_time_ms(&rows->ids[i]),
		.source = reading->step->source,
		.action = rows->actions[i],
		.actor = or_null(rows->actors[i]),
		.target = or_null(rows->objects[i]),
		.request_id = or_null(rows->requests[i]),
		.details = rows->lines[i],
		.status = rows->statuses[i],
		.staff = rows->staff[i] != 0,
	};

	bh_audit_event_leaf(&reading->merkle, &event, &reading->text, leaf);
	rows->leaves[i] = (struct bh_bytes){leaf->bytes, sizeof(leaf->bytes)};
}

static void
add_row(struct reading *reading, const struct bh_audit_line *line, size_t i, int64_t at)
{
	struct bh_arena *arena = &reading->piece->arena;
	struct bh_audit_rows *rows = &reading->step->rows;
	BH_AUTO(bh_buf_close) struct bh_buf shown = {0};
	bool staff = bh_audit_line_is_staff(line, i);
	size_t n = rows->n++;

	if (staff)
		bh_audit_line_write_staff(line, &shown);
	rows->tenants[n] = line->tenants[i];
	rows->ids[n] = make_id(reading->step->file, at, line->time_ms);
	rows->actions[n] = bh_arena_strdup(arena, line->action);
	rows->actors[n] = staff ? "" : bh_arena_strdup(arena, line->actor);
	rows->objects[n] = bh_arena_strdup(arena, line->object);
	rows->requests[n] = bh_arena_strdup(arena, line->request_id);
	rows->statuses[n] = line->status;
	rows->staff[n] = staff;
	rows->lines[n] = staff ? bh_arena_copy(arena, shown.data, shown.len)
						   : bh_arena_copy(arena, line->text, line->len);
	if (n == 0 || line->time_ms < rows->low_ms)
		rows->low_ms = line->time_ms;
	if (line->time_ms > rows->high_ms)
		rows->high_ms = line->time_ms;
	hash_row(reading, n);
}

static void
read_line(struct reading *reading, const char *text, size_t len, int64_t at)
{
	BH_AUTO(bh_audit_line_close) struct bh_audit_line line = {0};
	int rc = bh_audit_line_read(text, len, &line);

	/* What is read again by itself was counted before. */
	if (rc == BH_E_INVALID && reading->only == NULL)
		reading->piece->unreadable++;
	if (rc < 0)
		return;
	for (size_t i = 0; i < line.n_tenants; i++) {
		if (is_due(reading, &line.tenants[i], at))
			add_row(reading, &line, i, at);
	}
}

void
bh_audit_piece_read(struct bh_audit_piece *piece, const struct bh_uuid *only,
	struct bh_audit_step *step)
{
	struct reading reading = {.piece = piece, .only = only, .step = step};
	const char *text = piece->text.data, *end = text + piece->text.len;

	make_rows(&reading);
	bh_merkle_open(&reading.merkle);
	step->at = piece->at;
	step->to = piece->at + (int64_t)piece->text.len;
	for (const char *at = text; at < end;) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if (next == NULL)
			next = end;
		if (next > at)
			read_line(&reading, at, (size_t)(next - at), piece->at + (at - text));
		at = next + 1;
	}
	bh_merkle_close(&reading.merkle);
	bh_buf_close(&reading.text);
}

void
bh_audit_piece_close(struct bh_audit_piece *piece)
{
	bh_arena_close(&piece->arena);
	bh_buf_close(&piece->text);
}
