/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c: what a stage's numbers say about pages and chunks, and how long it will take. */
#include "rag/progress.h"

#include <stdio.h>
#include <string.h>

#include "json/fields.h"
#include "rag/rag.h"
#include "rag/store.h"

/* A pair of numbers on the wire. */
struct part {
	int64_t done, total;
};

/* An event with what its table shows. */
struct shown {
	const char *type;
	int64_t number;
	struct bh_uuid store, file;
	struct rag_event event;
	struct part pages, chunks;
	int64_t left_s;
	bool has_left, has_pages, has_chunks;
};

static const void *
pages_of(const void *row)
{
	const struct shown *shown = row;

	return shown->has_pages ? &shown->pages : NULL;
}

static const void *
chunks_of(const void *row)
{
	const struct shown *shown = row;

	return shown->has_chunks ? &shown->chunks : NULL;
}

static const void *
error_of(const void *row)
{
	const struct shown *shown = row;

	return shown->event.error_code != NULL ? row : NULL;
}

static const struct bh_field page_fields[] = {
	{"done", BH_FIELD_INT, offsetof(struct part, done)},
	{"total", BH_FIELD_INT, offsetof(struct part, total)},
};

static const struct bh_field chunk_fields[] = {
	{"embedded", BH_FIELD_INT, offsetof(struct part, done)},
	{"total", BH_FIELD_INT, offsetof(struct part, total)},
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field error_fields[] = {
	{"code", BH_FIELD_TEXT, AT(event.error_code)},
	{"message", BH_FIELD_TEXT, AT(event.error_message)},
};

static const struct bh_field event_fields[] = {
	{"type", BH_FIELD_TEXT, AT(type)},
	{"sequence_number", BH_FIELD_INT, AT(number)},
	{"vector_store_id", BH_FIELD_ID, AT(store), .words = RAG_STORE_PREFIX},
	{"file_id", BH_FIELD_ID, AT(file), .words = RAG_FILE_PREFIX},
	{"status", BH_FIELD_CHOICE, AT(event.status),
		.words = "in_progress completed failed cancelled"},
	{"stage", BH_FIELD_TEXT, AT(event.stage)},
	{"pages", BH_FIELD_OBJECT, .object_of = pages_of, .flags = BH_NULLABLE, BH_FIELDS(page_fields)},
	{"chunks", BH_FIELD_OBJECT, .object_of = chunks_of, .flags = BH_NULLABLE,
		BH_FIELDS(chunk_fields)},
	{"remaining_s", BH_FIELD_INT, AT(left_s), BH_NULLABLE, .set = BH_SET(struct shown, has_left)},
	{"last_error", BH_FIELD_OBJECT, .object_of = error_of, .flags = BH_NULLABLE,
		BH_FIELDS(error_fields)},
};

#undef AT

struct ending {
	const char *code, *message;
	int64_t number;
};

static const struct bh_field ending_fields[] = {
	{"type", BH_FIELD_CONST, .words = "error"},
	{"sequence_number", BH_FIELD_INT, offsetof(struct ending, number)},
	{"code", BH_FIELD_TEXT, offsetof(struct ending, code)},
	{"message", BH_FIELD_TEXT, offsetof(struct ending, message)},
};

int64_t
rag_progress_left_s(const struct rag_event *event)
{
	int64_t fresh = event->done - event->began_done, left = event->total - event->done;
	double ms;

	if (strcmp(event->status, "in_progress") != 0 || fresh <= 0 || left < 0)
		return -1;
	ms = (double)event->took_ms / (double)fresh * (double)left;
	return (int64_t)(ms / 1000) + (ms > 0);
}

static bool
is_stage(const struct rag_event *event, const char *stage)
{
	return strcmp(event->stage, stage) == 0;
}

/* Pages are read first, and a document that is read has them all. */
static void
set_pages(struct shown *shown)
{
	const struct rag_event *event = &shown->event;

	shown->has_pages = event->is_read || is_stage(event, "extracting");
	shown->pages = event->is_read ? (struct part){event->pages, event->pages}
								  : (struct part){event->done, event->total};
}

static void
set_chunks(struct shown *shown)
{
	const struct rag_event *event = &shown->event;

	if (strcmp(event->status, "completed") == 0)
		shown->chunks = (struct part){event->n_chunks, event->n_chunks};
	else if (is_stage(event, "embedding"))
		shown->chunks = (struct part){event->done, event->total};
	else if (is_stage(event, "indexing"))
		shown->chunks = (struct part){event->total, event->total};
	else
		return;
	shown->has_chunks = true;
}

void
rag_progress_write(const struct bh_uuid *store, const struct bh_uuid *file,
	const struct rag_event *event, struct bh_buf *out)
{
	struct shown shown = {.number = event->number, .store = *store, .file = *file, .event = *event};
	struct bh_write write = {.out = out};
	char type[64];

	snprintf(type, sizeof(type), "vector_store.file.%s", event->status);
	shown.type = type;
	shown.left_s = rag_progress_left_s(event);
	shown.has_left = shown.left_s >= 0;
	set_pages(&shown);
	set_chunks(&shown);
	bh_buf_printf(out, "event: %s\nid: %lld\ndata: ", type, (long long)event->number);
	bh_fields_write(&write, BH_LIST(event_fields), &shown);
	bh_buf_text(out, "\n\n");
}

void
rag_progress_write_error(int64_t number, const char *code, const char *message, struct bh_buf *out)
{
	const struct ending ending = {code, message, number};
	struct bh_write write = {.out = out};

	bh_buf_text(out, "event: error\ndata: ");
	bh_fields_write(&write, BH_LIST(ending_fields), &ending);
	bh_buf_text(out, "\n\n");
}
