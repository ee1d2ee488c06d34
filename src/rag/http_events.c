/* SPDX-License-Identifier: Apache-2.0 */
/* http_events.c: the progress of a file as an event stream.
 *
 * An event is the whole state of the file, under the number of that state: nothing is kept for those who
 * are not listening, and whoever comes back gets the newest state unless it is the one they have seen. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rag/http.h"
#include "rag/progress.h"
#include "rag/store.h"
#include "rag/wire.h"

enum {
	LOOK_MS = 400,   /* as often as ingestion writes its progress */
	ALIVE_MS = 15000 /* a comment keeps idle connections open */
};

/* Lies in the request's arena. */
struct listener {
	struct rag *rag;
	struct bh_uuid tenant, store, file;
	struct bh_claims claims;
	int client_fd;
	int64_t after;         /* number of the last state sent */
	struct bh_buf pending; /* owned: bytes on their way */
	bool over;             /* the last event was written */
	int64_t sent_ms;
	char request_id[BH_UUID_HEX];
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
			"The file was removed from the vector store.", &listener->pending);
		listener->over = true;
		return 0;
	}
	if (rc < 0)
		return rc;
	listener->over = strcmp(event.status, "in_progress") != 0;
	if (event.number > listener->after) {
		rag_progress_write(&listener->store, &listener->file, &event, &listener->pending);
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
			"The credential was revoked.", &listener->pending);
		listener->over = true;
		return 0;
	}
	return bh_runtime_stopping(listener->rag->runtime) ? BH_E_STOPPING : 0;
}

static int
fill(struct listener *listener)
{
	int rc = 0;

	while (rc == 0 && listener->pending.len == 0 && !listener->over) {
		rc = look(listener);
		if (rc == 0 && listener->pending.len == 0 && !listener->over)
			rc = check_may_stay(listener);
		if (rc < 0 || listener->pending.len > 0 || listener->over)
			break;
		rc = wait_look(listener);
		if (bh_clock_steady_ms() - listener->sent_ms >= ALIVE_MS)
			bh_buf_text(&listener->pending, ": keep-alive\n\n");
	}
	return rc;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct listener *listener = state;
	size_t len;
	int rc;

	bh_log_request(listener->request_id);
	rc = fill(listener);
	if (rc < 0 && listener->pending.len == 0) {
		if (rc != BH_E_GONE && rc != BH_E_STOPPING)
			bh_log_failure("stream", rc);
		return -1;
	}
	len = listener->pending.len < size ? listener->pending.len : size;
	if (len > 0)
		memcpy(out, listener->pending.data, len);
	bh_buf_shift(&listener->pending, len);
	listener->sent_ms = bh_clock_steady_ms();
	return (ssize_t)len;
}

static void
stream_close(void *state)
{
	struct listener *listener = state;

	bh_buf_close(&listener->pending);
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
		.client_fd = bh_http_client_fd(req->http),
		.sent_ms = bh_clock_steady_ms()};
	memcpy(listener->request_id, req->request_id,
		strnlen(req->request_id, sizeof(listener->request_id) - 1));
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
