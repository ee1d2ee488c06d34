/* SPDX-License-Identifier: Apache-2.0 */
/* test_accept.c: what a new response is checked against, and what is written of it: all or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accept.h"
#include "agent/peer.h"
#include "agent/store.h"
#include "base/error.h"
#include "db/testing.h"
#include "queue/queue.h"
#include "service/request.h"

#define TEN "0123456789 0123456789 0123456789 0123456789 0123456789 "
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define SEARCH \
	"{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_" \
	"1\"]}"

/* ---- the services that are asked, and the skeleton ---- */

static struct agent_model model;
static int model_error, search_error;
static size_t searches;

int
agent_peer_model(const struct bh_peer *peer, const char *name, struct agent_model *out)
{
	(void)peer;
	(void)name;
	*out = model;
	return model_error;
}

int
agent_peer_tokens(const struct bh_peer *peer, const char *name, const char *const *texts, size_t n,
	int64_t *out_counts)
{
	(void)peer;
	(void)name;
	for (size_t i = 0; i < n; i++)
		out_counts[i] = (int64_t)strlen(texts[i]) / 3;
	return 0;
}

int
agent_peer_search(const struct bh_peer *peer, const struct agent_tool *tool,
	const char *const *queries, size_t n, int64_t expand_tokens, struct bh_json_doc *out)
{
	(void)peer;
	(void)out;
	assert_string_equal(tool->stores[0], "vs_1");
	(void)queries;
	assert_int_equal(expand_tokens, 0);
	assert_int_equal(n, 0);
	searches++;
	return search_error < 0 ? bh_error_param(search_error, "filters.key", "Unknown key.") : 0;
}

void
bh_peer_from(const struct bh_request *req, struct bh_peer *out)
{
	*out = (struct bh_peer){.arena = req->arena};
}

int
bh_request_bind(struct bh_request *req, struct bh_db *tx, const struct bh_uuid *object)
{
	(void)req;
	(void)tx;
	(void)object;
	return 0;
}

/* ---- a request ---- */

struct fixture {
	struct agent agent;
	struct bh_arena arena;
	struct bh_db db;
	struct bh_request req;
	struct agent_response response; /* the last that was accepted */
};

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	model = (struct agent_model){.id = "served", .is_chat = true, .context = 2000};
	model_error = search_error = 0;
	searches = 0;
	fix->agent.conf = (struct agent_conf){.output_tokens = 100, .unfinished_max = 3};
	fix->req = (struct bh_request){.arena = &fix->arena,
		.db = &fix->db,
		.tenant = bh_uuid_new(),
		.claims = {.subject_text = "service:test", .scope = "vector_stores:read"},
		.request_id = "r",
		.traceparent = "",
		.service = &fix->agent};
	fix->db = bh_test_db_as(&bh_test_group, "bulkhead_agent", &fix->req.tenant);
	*state = fix;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *fix = *state;

	bh_arena_close(&fix->arena);
	free(fix);
	return 0;
}

/* `rest` are members behind the model. */
static int
post(struct fixture *fix, const char *rest)
{
	struct agent_request request;
	struct bh_json_doc doc = {0};
	const char *body = bh_arena_printf(&fix->arena, "{\"model\":\"m\",%s}", rest);
	int rc;

	assert_int_equal(bh_json_parse(body, strlen(body), &doc), 0);
	assert_int_equal(agent_request_read(&fix->arena, doc.root, &request), 0);
	rc = agent_accept(&fix->req, &request, &fix->response);
	bh_json_close(&doc);
	return rc;
}

static struct agent_kept
kept(struct fixture *fix)
{
	struct agent_kept kept;

	assert_int_equal(agent_store_kept_get(&fix->db, &fix->req.tenant, &kept), 0);
	return kept;
}

static void
refused(struct fixture *fix, const char *rest, int error, const char *param)
{
	struct agent_kept before = kept(fix);
	int rc = post(fix, rest);

	if (rc != error)
		print_error("%.200s: %s\n", rest, bh_error_detail(rc));
	assert_int_equal(rc, error);
	assert_string_equal(bh_error_field(error), param);
	assert_int_equal(kept(fix).bytes, before.bytes);
	assert_int_equal(kept(fix).unfinished, before.unfinished);
}

/* ---- */

static void
a_response_is_written_with_its_input_its_first_events_and_its_job(void **state)
{
	struct fixture *fix = *state;
	const struct bh_uuid *tenant = &fix->req.tenant;
	struct agent_response found;
	struct agent_event *events;
	struct agent_item *items;
	struct bh_lease lease;
	size_t n;

	assert_int_equal(post(fix, "\"input\":\"Hi\",\"user\":\"u\""), 0);
	assert_int_equal(agent_store_response_get(&fix->db, tenant, &fix->response.id, &found), 0);
	assert_string_equal(found.status, "in_progress");
	assert_string_equal(found.model, "served");
	assert_non_null(strstr(found.echo, "\"user\":\"u\""));
	assert_int_equal(agent_store_item_list(&fix->db, tenant, &fix->response.id, false, &items, &n),
		0);
	assert_int_equal(n, 1);
	assert_non_null(strstr(items[0].json, "\"text\":\"Hi\""));
	assert_int_equal(agent_store_event_list(&fix->db, tenant, &fix->response.id, -1, 9, &events,
						 &n),
		0);
	assert_int_equal(n, 2);
	assert_string_equal(events[0].type, "response.created");
	assert_string_equal(events[1].type, "response.in_progress");
	assert_int_equal(bh_lease_claim_job(&fix->db, tenant, &fix->response.job, "test", 1000, &lease),
		0);
	assert_true(bh_uuid_equal(&lease.subject, &fix->response.id));
	assert_int_equal(searches, 0);
}

static void
a_response_in_the_background_is_queued(void **state)
{
	struct fixture *fix = *state;
	struct agent_event *events;
	size_t n;

	assert_int_equal(post(fix, "\"input\":\"Hi\",\"background\":true"), 0);
	assert_string_equal(fix->response.status, "queued");
	assert_int_equal(agent_store_event_list(&fix->db, &fix->req.tenant, &fix->response.id, 0, 9,
						 &events, &n),
		0);
	assert_string_equal(events[0].type, "response.queued");
}

static void
a_model_that_cannot_answer_is_refused(void **state)
{
	struct fixture *fix = *state;

	model.is_chat = false;
	refused(fix, "\"input\":\"Hi\"", BH_E_INVALID, "model");
	model_error = bh_error_param(BH_E_MODEL_NOT_FOUND, "model", "None.");
	refused(fix, "\"input\":\"Hi\"", BH_E_MODEL_NOT_FOUND, "model");
}

static void
a_search_needs_its_scope_and_what_rag_says_is_told_of_the_tool(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(post(fix, "\"input\":\"Hi\",\"tools\":[" SEARCH "]"), 0);
	assert_int_equal(searches, 1);
	search_error = BH_E_INVALID;
	refused(fix, "\"input\":\"Hi\",\"tools\":[" SEARCH "]", BH_E_INVALID, "tools.1.filters.key");
	strcpy(fix->req.claims.scope, "responses:write");
	refused(fix, "\"input\":\"Hi\",\"tools\":[" SEARCH "]", BH_E_FORBIDDEN, "tools");
	assert_int_equal(searches, 2);
}

static void
only_a_response_that_is_over_and_kept_is_continued(void **state)
{
	static const char form[] = "\"input\":\"Hi\",\"previous_response_id\":\"resp_%s\"";
	struct fixture *fix = *state;
	char id[BH_UUID_HEX];
	const char *next;

	refused(fix, "\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"", BH_E_NOT_FOUND,
		"previous_response_id");
	assert_int_equal(post(fix, "\"input\":\"First\""), 0);
	bh_uuid_hex(&fix->response.id, id);
	next = bh_arena_printf(&fix->arena, form, id);
	refused(fix, next, BH_E_STATE, "previous_response_id");
	fix->response.status = "completed";
	fix->response.completed_ms = fix->response.created_ms;
	assert_int_equal(agent_store_response_end(&fix->db, &fix->req.tenant, &fix->response), 0);
	assert_int_equal(post(fix, next), 0);
	assert_false(bh_uuid_is_zero(&fix->response.previous));

	assert_int_equal(post(fix, "\"input\":\"Not kept\",\"store\":false"), 0);
	bh_uuid_hex(&fix->response.id, id);
	refused(fix, bh_arena_printf(&fix->arena, form, id), BH_E_NOT_FOUND, "previous_response_id");
}

static void
a_conversation_that_does_not_fit_is_refused_unless_it_may_be_cut(void **state)
{
	static const char form[] = "\"input\":\"Hi\",\"previous_response_id\":\"resp_%s\"%s";
	struct fixture *fix = *state;
	char id[BH_UUID_HEX];

	model.context = 400;
	refused(fix, "\"input\":\"" LONG LONG LONG "\"", BH_E_CONTEXT_LENGTH, "input");
	model.context = 2000;
	assert_int_equal(post(fix, "\"input\":\"" LONG LONG LONG "\""), 0);
	bh_uuid_hex(&fix->response.id, id);
	fix->response.status = "completed";
	fix->response.completed_ms = fix->response.created_ms;
	assert_int_equal(agent_store_response_end(&fix->db, &fix->req.tenant, &fix->response), 0);
	model.context = 400;
	refused(fix, bh_arena_printf(&fix->arena, form, id, ""), BH_E_CONTEXT_LENGTH, "input");
	assert_int_equal(post(fix, bh_arena_printf(&fix->arena, form, id, ",\"truncation\":\"auto\"")),
		0);
}

static void
an_output_without_its_call_is_refused(void **state)
{
	struct fixture *fix = *state;

	refused(fix,
		"\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"5\"}]",
		BH_E_INVALID, "input.0.call_id");
}

static void
a_tenant_has_only_so_many_that_are_not_over(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(post(fix, "\"input\":\"Hi\""), 0);
	assert_int_equal(post(fix, "\"input\":\"Hi\""), BH_E_BUSY);
	assert_int_equal(kept(fix).unfinished, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_response_is_written_with_its_input_its_first_events_and_its_job),
		TEST(a_response_in_the_background_is_queued),
		TEST(a_model_that_cannot_answer_is_refused),
		TEST(a_search_needs_its_scope_and_what_rag_says_is_told_of_the_tool),
		TEST(only_a_response_that_is_over_and_kept_is_continued),
		TEST(a_conversation_that_does_not_fit_is_refused_unless_it_may_be_cut),
		TEST(an_output_without_its_call_is_refused),
		TEST(a_tenant_has_only_so_many_that_are_not_over),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
