/* SPDX-License-Identifier: Apache-2.0 */
/* http_chats.c: /api/chats: a person's chats, each a tree of responses. */
#include "agent/http.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/hub.h"
#include "agent/items.h"
#include "agent/store.h"
#include "agent/store_chat.h"
#include "agent/wire.h"
#include "base/error.h"
#include "base/text.h"
#include "queue/worker.h"
#include "service/list.h"
#include "service/request.h"

enum { SETTINGS_BYTES_MOST = 16384, SEARCH_MOST = 200 };

#define AT(member) offsetof(struct agent_chat_row, member)

static const struct bh_field chat_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = AGENT_CHAT_PREFIX},
	{"object", BH_FIELD_CONST, .words = "chat"},
	{"title", BH_FIELD_TEXT, AT(title)},
	{"settings", BH_FIELD_JSON, AT(settings)},
	{"turns", BH_FIELD_INT, AT(turns)},
	{"latest_response_id", BH_FIELD_ID, AT(latest), BH_NULLABLE, .words = AGENT_RESPONSE_PREFIX},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"updated_at", BH_FIELD_TIME, AT(updated_ms)},
};

#undef AT

const struct bh_shape agent_chat_shape = BH_SHAPE("Chat", struct agent_chat_row, chat_fields);

struct change {
	const char *title;
	const struct bh_json *settings;
};

static const struct bh_field change_fields[] = {
	{"title", BH_FIELD_TEXT, offsetof(struct change, title), BH_NULLABLE, 0, AGENT_CHAT_TITLE_MOST},
	{"settings", BH_FIELD_OBJECT, offsetof(struct change, settings), BH_NULLABLE},
};

const struct bh_shape agent_chat_change = BH_SHAPE("ChatChange", struct change, change_fields);

/* *out_settings: JSON text of the request's arena, or NULL. */
static int
read_change(struct bh_request *req, struct change *out, const char **out_settings)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int rc = bh_request_object(req, &agent_chat_change, out);

	*out_settings = NULL;
	if (rc == 0 && out->title != NULL && !bh_text_is_plain(out->title))
		rc = bh_error_param(BH_E_INVALID, "title", "'title' must not have control characters.");
	if (rc < 0 || out->settings == NULL)
		return rc;
	bh_write_json(&write, out->settings);
	if (text.len > SETTINGS_BYTES_MOST)
		return bh_error_param(BH_E_RANGE, "settings", "'settings' is larger than %d KiB.",
			SETTINGS_BYTES_MOST / 1024);
	*out_settings = bh_arena_copy(req->arena, text.data, text.len);
	return 0;
}

/* The chat that the path names. */
static int
find(struct bh_request *req, struct agent_chat_row *out)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "chat", AGENT_CHAT_PREFIX, &id);

	return rc < 0 ? rc : agent_store_chat_get(req->db, agent_asker(req), &id, out);
}

static const struct bh_paging chat_paging = {30, 100, "after", AGENT_CHAT_PREFIX};

/* GET /api/chats: own ones, the most recently used first. */
int
agent_http_chat_list(struct bh_request *req)
{
	struct agent_chat_row *rows = NULL;
	const char *search = NULL;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &chat_paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "search", &search);
	if (rc == 0 && search != NULL && bh_text_points(search, strlen(search)) > SEARCH_MOST)
		rc = bh_error_param(BH_E_RANGE, "search", "'search' is longer than %d characters.",
			SEARCH_MOST);
	if (rc == 0)
		rc = agent_store_chat_list(req->db, agent_asker(req), search, &page.after, page.limit + 1,
			&rows, &n);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_page(req, &agent_chat_shape, &page, rows, n);
}

/* POST /api/chats */
int
agent_http_chat_create(struct bh_request *req)
{
	struct bh_uuid id = bh_uuid_new();
	struct agent_chat_row chat;
	struct change change = {0};
	const char *settings = NULL;
	bool added = false;
	int rc = read_change(req, &change, &settings);

	if (rc == 0)
		rc = agent_store_chat_add(req->db, agent_asker(req), &id,
			change.title != NULL ? change.title : "", settings != NULL ? settings : "{}", &chat,
			&added);
	if (rc == 0 && !added)
		rc = bh_error(BH_E_TOO_MANY, "You have %d chats, which is the most; delete some first.",
			AGENT_CHATS_MOST);
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 201, &agent_chat_shape, &chat);
}

/* GET /api/chats/{chat} */
int
agent_http_chat_get(struct bh_request *req)
{
	struct agent_chat_row chat;
	int rc = find(req, &chat);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &agent_chat_shape, &chat);
}

/* POST /api/chats/{chat}: what is not named stays. */
int
agent_http_chat_change(struct bh_request *req)
{
	struct change change = {0};
	const char *settings = NULL;
	struct agent_chat_row chat;
	int rc = read_change(req, &change, &settings);

	if (rc == 0)
		rc = find(req, &chat);
	if (rc == 0)
		rc = agent_store_chat_set(req->db, agent_asker(req), &chat.id, change.title, settings);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : agent_http_chat_get(req);
}

/* ---- deletion ---- */

struct deletion {
	struct agent_chat_of of;
	const struct bh_uuid *chat;
	struct agent_turn_run *runs; /* that end with it */
	size_t n_runs;
};

static int
delete_work(struct bh_db *tx, void *ctx)
{
	struct deletion *deletion = ctx;
	int rc = agent_store_turn_running(tx, deletion->of.tenant, deletion->chat, &deletion->runs,
		&deletion->n_runs);

	if (rc == 0)
		rc = agent_store_chat_delete(tx, deletion->of, deletion->chat);
	for (size_t i = 0; rc == 0 && i < deletion->n_runs; i++) {
		rc = bh_job_cancel(tx, deletion->of.tenant, &deletion->runs[i].job);
		if (rc == BH_E_NOT_FOUND)
			rc = 0; /* it has just ended */
	}
	return rc;
}

/* DELETE /api/chats/{chat}: its responses go with it, and what still runs of them ends. */
int
agent_http_chat_delete(struct bh_request *req)
{
	struct agent *agent = req->service;
	struct agent_chat_row chat;
	struct deletion deletion = {.of = agent_asker(req), .chat = &chat.id};
	int rc = find(req, &chat);

	if (rc == 0)
		rc = bh_tx_run(req->db, delete_work, &deletion);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	for (size_t i = 0; i < deletion.n_runs; i++) {
		agent_hub_stop(agent->hub, &deletion.runs[i].response, AGENT_STOP_DELETED);
		agent_hub_notify(agent->hub, &deletion.runs[i].response);
	}
	return bh_reply_object(req, 200, &agent_deleted_shape,
		&(struct agent_deleted){bh_request_param(req, "chat"), "chat", true});
}

/* ---- turns ---- */

static const struct bh_paging turn_paging = {20, 50, "after before order", AGENT_RESPONSE_PREFIX};

static void
write_input(struct bh_write *write, const struct agent_item *items, size_t n)
{
	BH_AUTO(bh_buf_close) struct bh_buf list = {0};

	agent_items_output(items, n, false, &list);
	bh_write_raw(write, list.data, list.len);
}

/* {"object":"chat.turn","input":[…],"response":{…},"request_id":"…"} */
static int
write_turn(struct bh_request *req, const struct bh_uuid *id, struct bh_write *write)
{
	BH_AUTO(bh_buf_close) struct bh_buf output = {0};
	struct agent_item *said = NULL, *asked = NULL;
	struct agent_response response;
	struct agent_wire_response shown;
	size_t n_said = 0, n_asked = 0;
	int rc = agent_store_response_get(req->db, &req->tenant, id, &response);

	if (rc == 0)
		rc = agent_store_item_list(req->db, &req->tenant, id, false, &asked, &n_asked);
	if (rc == 0)
		rc = agent_store_item_list(req->db, &req->tenant, id, true, &said, &n_said);
	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc; /* deleted since it was listed */
	agent_items_output(said, n_said, true, &output);
	shown = agent_wire_response_of(&response, bh_buf_string(&output));
	bh_write_object(write);
	bh_write_pair_text(write, "object", "chat.turn");
	bh_write_name(write, "input");
	write_input(write, asked, n_asked);
	bh_write_name(write, "response");
	bh_fields_write(write, BH_OF(agent_wire_response_shape), &shown);
	bh_write_pair_text(write, "request_id", response.request_id);
	bh_write_end(write);
	return 0;
}

/* Turns the walk round where it went against the list's order. */
static void
put_in_order(struct bh_uuid *ids, size_t n)
{
	for (size_t i = 0; i + 1 < n - i; i++) {
		struct bh_uuid other = ids[i];

		ids[i] = ids[n - 1 - i];
		ids[n - 1 - i] = other;
	}
}

/* GET /api/chats/{chat}/turns: the newest first, unless order=asc. */
int
agent_http_chat_turns(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char first[AGENT_ID_TEXT] = "", last[AGENT_ID_TEXT] = "";
	struct agent_chat_row chat;
	struct bh_uuid *ids = NULL;
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	bool more;
	int rc = bh_list_page(req, &turn_paging, &page);

	if (rc == 0)
		rc = find(req, &chat);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = agent_store_turn_list(req->db, &req->tenant, &chat.id, &slice.low, &slice.high, slice.up,
		slice.limit, &ids, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	more = n > (size_t)page.limit;
	n = more ? (size_t)page.limit : n;
	if (slice.reversed && n > 0)
		put_in_order(ids, n);
	bh_list_begin(&write);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = write_turn(req, &ids[i], &write);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (n > 0) {
		bh_uuid_format_id(&ids[0], AGENT_RESPONSE_PREFIX, first, sizeof(first));
		bh_uuid_format_id(&ids[n - 1], AGENT_RESPONSE_PREFIX, last, sizeof(last));
	}
	bh_list_end(&write, first, last, more);
	return bh_reply_json(req, 200, &body);
}
