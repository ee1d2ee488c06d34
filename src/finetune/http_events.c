/* SPDX-License-Identifier: Apache-2.0 */
/* http_events.c: what happened to a job, as pages and as a stream. Its metrics are its curve. */
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "finetune/http.h"
#include "finetune/work.h"
#include "service/events.h"
#include "service/list.h"
#include "service/request.h"

enum { LOOK_MS = 250, PIECE_EVENTS = 64 };

#define AT(member) offsetof(struct finetune_event, member)

static const struct bh_field fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = FINETUNE_EVENT_PREFIX},
	{"object", BH_FIELD_CONST, .words = "fine_tuning.job.event"},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"level", BH_FIELD_TEXT, AT(level)},
	{"message", BH_FIELD_TEXT, AT(message)},
	{"type", BH_FIELD_TEXT, AT(type)},
	{"data", BH_FIELD_JSON, AT(data)},
	{"sequence_number", BH_FIELD_INT, AT(number)},
};

#undef AT

const struct bh_shape finetune_event_shape = BH_SHAPE("FineTuningJobEvent", struct finetune_event,
	fields);

/* ---- pages ---- */

static const struct bh_paging paging = {20, 100, "after before order", FINETUNE_EVENT_PREFIX};

/* A cursor of another job is one of nothing: behind it there is nothing. */
static int
number_of(const struct finetune_job *row, const struct bh_uuid *id, const char *name, int64_t *out)
{
	*out = finetune_store_event_number(&row->id, id);
	return *out < 0
		? bh_error_param(BH_E_INVALID, name, "'%s' does not name an event of this job.", name)
		: 0;
}

static int
list(struct bh_request *req, const struct finetune_job *row)
{
	struct finetune_event_slice slice = {.low = -1, .high = INT64_MAX};
	struct finetune_event *events = NULL;
	struct bh_page page;
	int64_t number;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0 && page.has_after) {
		rc = number_of(row, &page.after, "after", &number);
		*(page.ascending ? &slice.low : &slice.high) = number;
	}
	if (rc == 0 && page.has_before) {
		rc = number_of(row, &page.before, "before", &number);
		*(page.ascending ? &slice.high : &slice.low) = number;
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	/* As bh_list_slice walks. */
	slice.up = bh_list_slice(&page).up;
	slice.limit = page.limit + 1;
	rc = finetune_store_event_list(req->db, &req->tenant, &row->id, &slice, &events, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &finetune_event_shape, &page, events, n);
}

/* ---- a stream ---- */

/* Lies in the request's arena. */
struct listener {
	struct finetune *finetune; /* borrowed */
	struct bh_uuid tenant, id;
	struct bh_claims claims;
	int client_fd;
	int64_t after;
	struct bh_events events; /* owned */
};

static void
put(struct listener *listener, const struct finetune_event *event)
{
	struct bh_write write = {.out = &listener->events.pending};

	bh_buf_printf(write.out, "event: %s\ndata: ", event->type);
	bh_fields_write(&write, BH_LIST(fields), event);
	bh_buf_text(write.out, "\n\n");
	listener->after = event->number;
}

static int
look(struct listener *listener)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(listener->finetune->runtime),
		.arena = &arena,
		.context = listener->tenant};
	const struct finetune_event_slice slice = {listener->after, INT64_MAX, PIECE_EVENTS, true};
	struct finetune_event *events = NULL;
	struct finetune_wanted state;
	size_t n = 0;
	/* The job first: what it has told by its end is there then. */
	int rc = finetune_store_job_wanted(&db, &listener->tenant, &listener->id, &state);

	if (rc == 0)
		rc = finetune_store_event_list(&db, &listener->tenant, &listener->id, &slice, &events, &n);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		put(listener, &events[i]);
	listener->events.over = state.finished_ms != 0 && n < PIECE_EVENTS;
	return 0;
}

static int
wait_for_news(struct listener *listener, uint64_t count)
{
	struct bh_runtime *runtime = listener->finetune->runtime;
	struct pollfd client = {.fd = listener->client_fd, .events = POLLRDHUP};

	if (bh_token_checker_revoked(bh_runtime_checker(runtime), &listener->claims))
		return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
	if (bh_runtime_draining(runtime) || bh_runtime_stopping(runtime))
		return BH_E_STOPPING;
	if (poll(&client, 1, 0) > 0)
		return BH_E_GONE;
	bh_bell_wait(&listener->finetune->bell, count, LOOK_MS);
	bh_events_stay(&listener->events);
	return 0;
}

static ssize_t
events_next(void *state, char *out, size_t size)
{
	struct listener *listener = state;
	int rc = 0;

	bh_log_request(listener->events.request_id);
	while (rc == 0 && listener->events.pending.len == 0 && !listener->events.over) {
		uint64_t count = bh_bell_count(&listener->finetune->bell);

		rc = look(listener);
		if (rc == 0 && listener->events.pending.len == 0 && !listener->events.over)
			rc = wait_for_news(listener, count);
	}
	return bh_events_give(&listener->events, rc, out, size);
}

static void
events_close(void *state)
{
	struct listener *listener = state;

	bh_events_close(&listener->events);
}

static int
stream(struct bh_request *req, const struct finetune_job *row, int64_t after)
{
	struct listener *listener = bh_arena_alloc(req->arena, sizeof(*listener));
	const struct bh_http_stream source = {events_next, events_close, listener};

	*listener = (struct listener){
		.finetune = req->service,
		.tenant = req->tenant,
		.id = row->id,
		.claims = req->claims,
		.client_fd = bh_http_client_fd(req->http),
		.after = after,
	};
	bh_events_init(&listener->events, req);
	return bh_reply_stream(req, &source);
}

/* GET /v1/fine_tuning/jobs/{fine_tuning_job}/events: the newest first; with stream=true those behind starting_after, to its end. */
int
finetune_http_event_list(struct bh_request *req)
{
	struct finetune_job row;
	bool streamed = false;
	int64_t after = -1;
	int rc = finetune_http_job_find(req, &row);

	if (rc < 0)
		return bh_reply_error(req, rc, "fine_tuning_job");
	rc = bh_request_query_bool(req, "stream", &streamed);
	if (rc == 0)
		rc = bh_request_query_int(req, "starting_after", -1, INT64_MAX, &after);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return streamed ? stream(req, &row, after) : list(req, &row);
}
