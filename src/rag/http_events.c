/* SPDX-License-Identifier: Apache-2.0 */
/* http_events.c: the progress of a file as an event stream.
 *
 * An event is the whole state of the file, under the number of that state: nothing is kept for those who
 * are not listening, and whoever comes back gets the newest state unless it is the one they have seen. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rag/http.h"
#include "rag/progress.h"
#include "rag/store.h"
#include "rag/wire.h"
#include "service/events.h"

enum {
	LOOK_MS = 400, /* as often as ingestion writes its progress */
};

/* Lies in the request's arena. */
struct listener {
	struct rag *rag;
	struct bh_uuid tenant, store, file;
	struct bh_claims claims;
	int client_fd;
	int64_t after;           /* number of the last state sent */
	struct bh_events events; /* owned */
};

/* The state, when it is another than the one sent last. */
static int
look(struct listener *listener)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(listener->rag->runtime),
		.arena = &arena,
		.context = listener->tenant};
	struct rag_event event;
	int rc = rag_store_attachment_event(&db, &listener->tenant, &listener->store, &listener->file,
		&event);

	if (rc == BH_E_NOT_FOUND) {
		rag_progress_write_error(listener->after + 1, "file_removed",
			"The file was removed from the vector store.", &listener->events.pending);
		listener->events.over = true;
		return 0;
	}
	if (rc < 0)
		return rc;
	listener->events.over = strcmp(event.status, "in_progress") != 0;
	if (event.number > listener->after) {
		rag_progress_write(&listener->store, &listener->file, &event, &listener->events.pending);
		listener->after = event.number;
	}
	return 0;
}

/* BH_E_GONE when the client has left. */
static int
wait_look(const struct listener *listener)
{
	struct pollfd client = {.fd = listener->client_fd, .events = POLLRDHUP};

	if (poll(&client, 1, LOOK_MS) < 0 && errno != EINTR)
		return bh_error(BH_E_IO, "poll: %m");
	return (client.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0 ? BH_E_GONE : 0;
}

/* The listening has to end though the ingestion goes on. */
static int
check_may_stay(struct listener *listener)
{
	if (bh_token_checker_revoked(bh_runtime_checker(listener->rag->runtime), &listener->claims)) {
		rag_progress_write_error(listener->after + 1, "invalid_api_key",
			"The credential was revoked.", &listener->events.pending);
		listener->events.over = true;
		return 0;
	}
	return bh_runtime_draining(listener->rag->runtime) ? BH_E_STOPPING : 0;
}

static int
fill(struct listener *listener)
{
	int rc = 0;

	while (rc == 0 && listener->events.pending.len == 0 && !listener->events.over) {
		rc = look(listener);
		if (rc == 0 && listener->events.pending.len == 0 && !listener->events.over)
			rc = check_may_stay(listener);
		if (rc < 0 || listener->events.pending.len > 0 || listener->events.over)
			break;
		rc = wait_look(listener);
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

	bh_events_close(&listener->events);
}

/* The last number seen: starting_after, or the header by which browsers come back. */
static int
read_after(struct bh_request *req, int64_t *out)
{
	const char *header = bh_http_header(req->http, "last-event-id");

	if (header != NULL && header[0] != '\0' && bh_text_int(header, 0, INT64_MAX, out) < 0)
		return bh_error(BH_E_INVALID, "The header Last-Event-ID must be a sequence number.");
	return bh_request_query_int(req, "starting_after", 0, INT64_MAX, out);
}

/* GET /v1/vector_stores/{store}/files/{file}/events: up to the file's final state. */
int
rag_http_store_file_events(struct bh_request *req)
{
	struct listener *listener = bh_arena_alloc(req->arena, sizeof(*listener));
	const struct bh_http_stream source = {.next = stream_next,
		.close = stream_close,
		.state = listener};
	struct rag_event event;
	int rc;

	*listener = (struct listener){.rag = req->service,
		.tenant = req->tenant,
		.claims = req->claims,
		.client_fd = bh_http_client_fd(req->http)};
	bh_events_init(&listener->events, req);
	rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &listener->store);
	if (rc == 0)
		rc = bh_request_id(req, "file", RAG_FILE_PREFIX, &listener->file);
	if (rc == 0)
		rc = rag_store_attachment_event(req->db, &req->tenant, &listener->store, &listener->file,
			&event);
	if (rc < 0)
		return bh_reply_error(req, rc, "file_id");
	rc = read_after(req, &listener->after);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_stream(req, &source);
}
