/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: reads the journal and waits, in one poll, for its next commit and for the client. */
#include "agent/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "agent/store.h"
#include "agent/wire.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/queue.h"
#include "service/events.h"

enum {
	PAGE = 256, /* events read at once */
	LOOK_UP_MS =
		1000, /* how often a listener looks whether it may stay; it reads when it is woken */
	ACCEPTED_LAST = 1, /* number of the last event that a response is accepted with */
	HOLD_MS =
		3000, /* longest wait of a head: a limit's or a provider's refusal comes before that */
};

/* Lies in the request's arena. */
struct listener {
	struct agent *agent;
	struct bh_uuid tenant;
	struct agent_response response;
	struct bh_claims claims;
	struct agent_watch *watch; /* owned */
	int client_fd;
	int64_t after;           /* number of the last event read */
	struct bh_events events; /* owned */
	bool woken;              /* something may have been committed since it was read */
};

void
agent_stream_event(const struct agent_event *event, struct bh_buf *out)
{
	bh_buf_printf(out, "event: %s\ndata: ", event->type);
	bh_buf_text(out, event->data);
	bh_buf_text(out, "\n\n");
}

static bool
is_last(const char *type)
{
	return strcmp(type, "response.completed") == 0 || strcmp(type, "response.failed") == 0 ||
		strcmp(type, "response.incomplete") == 0;
}

/* Waits for a commit or the client's leaving (BH_E_GONE). */
static int
wait_for(struct agent_watch *watch, int client_fd, int64_t timeout_ms, bool *out_woken)
{
	struct pollfd sources[2] = {
		{.fd = watch->fd, .events = POLLIN},
		{.fd = client_fd, .events = POLLRDHUP},
	};
	eventfd_t count;

	if (poll(sources, 2, (int)timeout_ms) < 0 && errno != EINTR)
		return bh_error(BH_E_IO, "poll: %m");
	if ((sources[1].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
		return BH_E_GONE;
	*out_woken = (sources[0].revents & POLLIN) != 0;
	if (*out_woken)
		(void)eventfd_read(watch->fd, &count);
	return 0;
}

/* ---- the stream ---- */

static int
read_page(struct listener *listener, struct bh_db *db)
{
	struct agent_event *events = NULL;
	size_t n = 0;
	int rc;

	rc = agent_store_event_list(db, &listener->tenant, &listener->response.id, listener->after,
		PAGE, &events, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		agent_stream_event(&events[i], &listener->events.pending);
		listener->after = events[i].sequence;
		listener->events.over = is_last(events[i].type);
	}
	return rc;
}

/* Nothing new: either it is still to come, or the client has asked from behind the last event, or the
 * response was deleted (BH_E_NOT_FOUND). */
static int
look_again(struct listener *listener, struct bh_db *db)
{
	struct agent_response row = {0};
	int rc;

	if (agent_hub_runs(listener->agent->hub, &listener->response.id))
		return 0;
	rc = agent_store_response_get(db, &listener->tenant, &listener->response.id, &row);
	if (rc < 0)
		return rc;
	if (!agent_status_is_final(row.status))
		return 0;
	/* It ended between the two reads, or long ago. */
	rc = read_page(listener, db);
	if (rc == 0 && listener->events.pending.len == 0)
		listener->events.over = true;
	return rc;
}

/* The one event that is not of the journal: the listening, not the run, ends. */
static void
write_error(struct listener *listener, const char *code, const char *message)
{
	struct bh_write write = {.out = &listener->events.pending};
	const struct agent_wire_event event = {
		.type = "error",
		/* A client may have asked to start behind any number. */
		.sequence = listener->after < INT64_MAX ? listener->after + 1 : INT64_MAX,
		.code = code,
		.message = message,
		.param = "null",
	};

	bh_buf_text(&listener->events.pending, "event: error\ndata: ");
	bh_fields_write(&write, BH_OF(agent_wire_event_shape), &event);
	bh_buf_text(&listener->events.pending, "\n\n");
}

/* New events, or what there is to say instead of them. */
static int
look(struct listener *listener, struct bh_db *db)
{
	int rc = read_page(listener, db);

	if (rc == 0 && listener->events.pending.len == 0)
		rc = look_again(listener, db);
	if (rc != BH_E_NOT_FOUND)
		return rc;
	/* Nothing more will come, and the client may be another one than who deleted it. */
	write_error(listener, "response_deleted", "The response was deleted.");
	listener->events.over = true;
	return 0;
}

/* True when the listening has to end though the run may go on. */
static bool
has_to_end(struct listener *listener)
{
	struct bh_runtime *runtime = listener->agent->runtime;

	if (bh_token_checker_revoked(bh_runtime_checker(runtime), &listener->claims)) {
		write_error(listener, "invalid_api_key", "The credential was revoked.");
		return true;
	}
	return bh_runtime_stopping(runtime) &&
		!agent_hub_runs(listener->agent->hub, &listener->response.id);
}

static int
look_once(struct listener *listener)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(listener->agent->runtime),
		.arena = &arena,
		.context = listener->tenant};
	int rc = look(listener, &db);

	bh_arena_close(&arena);
	return rc;
}

static int
fill(struct listener *listener)
{
	int rc = 0;

	while (rc == 0 && listener->events.pending.len == 0 && !listener->events.over) {
		if (listener->woken)
			rc = look_once(listener);
		if (rc < 0 || listener->events.pending.len > 0 || listener->events.over)
			break;
		if (has_to_end(listener)) {
			if (listener->events.pending.len == 0)
				return BH_E_STOPPING;
			listener->events.over = true;
			break;
		}
		rc = wait_for(listener->watch, listener->client_fd, LOOK_UP_MS, &listener->woken);
		bh_events_stay(&listener->events);
	}
	return rc;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct listener *listener = state;

	bh_log_request(listener->events.request_id);
	return bh_events_give(&listener->events, fill(listener), out, size);
}

static void
stream_close(void *state)
{
	struct listener *listener = state;

	agent_stream_leave(listener->agent, &listener->tenant, &listener->response, listener->watch,
		listener->events.over);
	bh_events_close(&listener->events);
}

int
agent_stream_reply(struct bh_request *req, const struct agent_response *response, int64_t after,
	struct agent_watch *watch)
{
	struct listener *listener = bh_arena_alloc(req->arena, sizeof(*listener));
	const struct bh_http_stream source = {stream_next, stream_close, listener};

	*listener = (struct listener){
		.agent = req->service,
		.tenant = req->tenant,
		.response = *response,
		.claims = req->claims,
		.watch = watch,
		.client_fd = bh_http_client_fd(req->http),
		.after = after,
		.woken = true,
	};
	bh_events_init(&listener->events, req);
	return bh_reply_stream(req, &source);
}

/* ---- waiting ---- */

static int
look_for_end(struct agent *agent, const struct bh_uuid *tenant,
	const struct agent_response *response, bool *out_over)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(agent->runtime), .arena = &arena, .context = *tenant};
	struct agent_response row = {0};
	int rc = agent_store_response_get(&db, tenant, &response->id, &row);

	*out_over = rc == 0 && agent_status_is_final(row.status);
	bh_arena_close(&arena);
	return rc;
}

int
agent_stream_wait(struct bh_request *req, const struct agent_response *response,
	struct agent_watch *watch, int64_t timeout_ms)
{
	struct agent *agent = req->service;
	int64_t until_ms = bh_clock_steady_ms() + timeout_ms;
	bool woken = true, over = false;
	int rc = 0;

	for (;;) {
		if (woken)
			rc = look_for_end(agent, &req->tenant, response, &over);
		if (rc < 0 || over)
			return rc;
		if (timeout_ms > 0 && bh_clock_steady_ms() >= until_ms)
			return BH_E_UPSTREAM_TIMEOUT;
		if (bh_runtime_stopping(agent->runtime) && !agent_hub_runs(agent->hub, &response->id))
			return bh_error(BH_E_STOPPING,
				"the service is stopping; the response can be retrieved later");
		rc = wait_for(watch, bh_http_client_fd(req->http), LOOK_UP_MS, &woken);
		if (rc < 0)
			return rc;
	}
}

/* Whether there is more than the events that a response is accepted with. */
static int
look_for_more(struct bh_request *req, const struct agent_response *response,
	struct agent_response *out, bool *out_more)
{
	struct agent_event *events = NULL;
	size_t n = 0;
	int rc = agent_store_response_get(req->db, &req->tenant, &response->id, out);

	*out_more = rc == 0 && agent_status_is_final(out->status);
	if (rc == 0 && !*out_more) {
		rc = agent_store_event_list(req->db, &req->tenant, &response->id, ACCEPTED_LAST, 1, &events,
			&n);
		*out_more = n > 0;
	}
	return rc;
}

int
agent_stream_hold(struct bh_request *req, const struct agent_response *response,
	struct agent_watch *watch, struct agent_response *out)
{
	struct agent *agent = req->service;
	int64_t until_ms = bh_clock_steady_ms() + HOLD_MS, left_ms;
	struct agent_response row = *response;
	bool woken = true, more = false;
	int rc = 0;

	for (;;) {
		if (woken)
			rc = look_for_more(req, response, &row, &more);
		left_ms = until_ms - bh_clock_steady_ms();
		if (rc < 0)
			return rc;
		if (more || left_ms <= 0)
			break;
		if (bh_runtime_stopping(agent->runtime) && !agent_hub_runs(agent->hub, &response->id))
			return bh_error(BH_E_STOPPING,
				"the service is stopping; the response can be retrieved later");
		rc = wait_for(watch, bh_http_client_fd(req->http),
			left_ms < LOOK_UP_MS ? left_ms : LOOK_UP_MS, &woken);
		if (rc < 0)
			return rc;
	}
	*out = row;
	return 0;
}

/* ---- leaving ---- */

static void
forget(struct agent *agent, const struct bh_uuid *tenant, const struct agent_response *response)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(agent->runtime), .arena = &arena, .context = *tenant};
	int rc;

	rc = agent_store_response_delete(&db, tenant, &response->id);
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		bh_log_failure("delete an unstored response", rc); /* its job does it in a moment */
	bh_arena_close(&arena);
}

static void
give_up(struct agent *agent, const struct bh_uuid *tenant, const struct agent_response *response)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(agent->runtime), .arena = &arena, .context = *tenant};
	int rc = 0;

	if (!agent_hub_stop(agent->hub, &response->id, AGENT_STOP_LEFT))
		rc = bh_job_cancel(&db, tenant, &response->job);
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		bh_log_failure("stop a response whose client disconnected", rc);
	bh_arena_close(&arena);
}

void
agent_stream_leave(struct agent *agent, const struct bh_uuid *tenant,
	const struct agent_response *response, struct agent_watch *watch, bool over)
{
	agent_hub_unwatch(watch, bh_clock_steady_ms());
	if (response->store)
		return;
	if (over)
		forget(agent, tenant, response);
	else
		give_up(agent, tenant, response);
}
