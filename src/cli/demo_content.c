/* SPDX-License-Identifier: Apache-2.0 */
/* demo_content.c: the demonstration's documents and chats, made by its people over the public API. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/api.h"
#include "cli/call.h"
#include "cli/demo.h"
#include "json/fields.h"
#include "sec/digest.h"

#define STORE "Customer care"
#define BOUNDARY "bulkhead-demo-1c7a9e42d8"
#define READ_WITHIN_MS 180000

struct document {
	const char *name, *text;
};

static const struct document documents[] = {
	{"returns.md",
		"# Returns\n\nA customer may return a bicycle within 30 days of delivery. The frame must "
		"be "
		"undamaged, and the serial number must match the invoice.\n\nThe refund is paid within 14 "
		"days "
		"after the bicycle has reached the workshop in Rotterdam. Shipping is refunded only if the "
		"bicycle was faulty.\n\n## Batteries\n\nBatteries of electric bicycles are dangerous "
		"goods. They "
		"are returned in the grey box that the workshop sends on request, never by ordinary "
		"parcel.\n"},
	{"warranty.md",
		"# Warranty\n\nFrames carry a warranty of ten years. Motors and batteries carry a warranty "
		"of two "
		"years or 20,000 kilometres, whichever comes first.\n\nTyres, chains and brake pads are "
		"wearing "
		"parts and are not covered. A claim needs the invoice and two photographs.\n"},
	{"opening-hours.md",
		"# Opening hours\n\nThe workshop in Rotterdam is open from Tuesday to Saturday between "
		"9:00 and "
		"18:00. On Thursdays it closes at 20:00.\n\nThe telephone line is answered on weekdays "
		"between "
		"8:00 and 17:00.\n"},
};

/* Who asks what, each in a chat of its own. */
static const struct {
	size_t person;
	const char *question;
} questions[] = {
	{0, "Within how many days may a customer return a bicycle?"},
	{0, "How long is the warranty of a battery?"},
	{2, "When does the workshop close on Thursdays?"},
};

/* ---- calls with a person's token ---- */

static int
call(const struct cli_demo *demo, const char *token, const char *method, const char *path,
	const char *type, const struct bh_buf *body, struct bh_json_doc *out)
{
	const struct cli_call one = {
		.url = demo->cli->instance.local,
		.method = method,
		.path = path,
		.type = type,
		.body = body,
		.key = token,
	};
	int status = cli_call_json(&one, out);

	if (status == BH_E_CONNECT)
		return cli_api_not_running(demo->cli->instance.url);
	if (status < 0)
		return cli_fail(status);
	if (status >= 300) {
		cli_api_refused(status, out->root);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int
call_json(const struct cli_demo *demo, const char *token, const char *path, const char *json,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int status;

	bh_buf_text(&body, json);
	status = call(demo, token, "POST", path, NULL, &body, out);
	bh_wipe(body.data, body.len);
	return status;
}

/* *out_token is in the instance's arena. */
static int
sign_in(const struct cli_demo *demo, size_t person, const char **out_token)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = call_json(demo, NULL, "/api/auth/sign-in",
		cli_api_path(demo->cli, "{\"email\":\"%s\",\"password\":\"%s\",\"tenant\":\"%s\"}",
			cli_demo_emails[person], demo->password, demo->tenant),
		&doc);
	const char *token = bh_json_get_string(doc.root, "access_token");

	if (status == CLI_OK && token == NULL)
		status = CLI_FAILED;
	if (status == CLI_OK)
		*out_token = bh_arena_strdup(&demo->cli->instance.arena, token);
	return status;
}

/* ---- documents ---- */

static int
upload(const struct cli_demo *demo, const char *token, const char *store,
	const struct document *document)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc file = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc added = {0};
	int status;

	bh_buf_printf(&body,
		"--" BOUNDARY "\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n"
		"assistants\r\n--" BOUNDARY
		"\r\ncontent-disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
		"content-type: text/markdown\r\n\r\n%s\r\n--" BOUNDARY "--\r\n",
		document->name, document->text);
	status = call(demo, token, "POST", "/v1/files", "multipart/form-data; boundary=" BOUNDARY,
		&body, &file);
	if (status != CLI_OK)
		return status;
	return call_json(demo, token, cli_api_path(demo->cli, "/v1/vector_stores/%s/files", store),
		cli_api_path(demo->cli, "{\"file_id\":\"%s\"}", bh_json_get_string(file.root, "id")),
		&added);
}

/* How many of the store's files were read, and how many are on their way. */
static int
count(const struct cli_demo *demo, const char *token, const char *store, int64_t *out_read,
	int64_t *out_busy)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = call(demo, token, "GET", cli_api_path(demo->cli, "/v1/vector_stores/%s", store),
		NULL, NULL, &doc);
	const struct bh_json *counts = bh_json_get(doc.root, "file_counts");

	*out_read = bh_json_get_int(counts, "completed", 0);
	*out_busy = bh_json_get_int(counts, "in_progress", 0);
	return status;
}

static int
wait_until_read(const struct cli_demo *demo, const char *token, const char *store)
{
	static const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
	int64_t until_ms = bh_clock_steady_ms() + READ_WITHIN_MS;
	int64_t read = 0;
	int64_t busy = 1;
	int status = CLI_OK;

	while (status == CLI_OK && busy > 0 && bh_clock_steady_ms() < until_ms) {
		status = count(demo, token, store, &read, &busy);
		if (status == CLI_OK && busy > 0)
			nanosleep(&pause, NULL);
	}
	if (status == CLI_OK && read < (int64_t)BH_COUNT(documents))
		status = cli_refuse(CLI_FAILED, "the documents were not read; see `bulkhead logs rag`");
	return status;
}

static int
find_or_make_store(const struct cli_demo *demo, const char *token, const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc stores = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc made = {0};
	const struct bh_json *store;
	int status = call(demo, token, "GET", "/v1/vector_stores?limit=100", NULL, NULL, &stores);

	if (status != CLI_OK)
		return status;
	store = cli_api_row(stores.root, "name", STORE);
	if (store == NULL)
		status = call_json(demo, token, "/v1/vector_stores", "{\"name\":\"" STORE "\"}", &made);
	if (store == NULL)
		store = made.root;
	if (status == CLI_OK)
		*out = cli_api_path(demo->cli, "%s", bh_json_get_string(store, "id"));
	return status;
}

/* What an interrupted seed left out is added: documents are uploaded in their order. */
static int
find_or_make_documents(const struct cli_demo *demo, const char *token, const char *store)
{
	int64_t read = 0;
	int64_t busy = 0;
	int status = count(demo, token, store, &read, &busy);

	for (size_t i = (size_t)(read + busy); status == CLI_OK && i < BH_COUNT(documents); i++)
		status = upload(demo, token, store, &documents[i]);
	return status == CLI_OK ? wait_until_read(demo, token, store) : status;
}

/* ---- chats ---- */

static int
ask(const struct cli_demo *demo, const char *token, const char *store, const char *question)
{
	BH_AUTO(bh_json_close) struct bh_json_doc chat = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	int status = call_json(demo, token, "/api/chats", "{}", &chat);

	if (status != CLI_OK)
		return status;
	return call_json(demo, token, "/v1/responses",
		cli_api_path(demo->cli,
			"{\"model\":\"default\",\"input\":\"%s\",\"tools\":[{\"type\":\"file_search\","
			"\"vector_store_ids\":[\"%s\"]}],\"bulkhead\":{\"chat\":\"%s\"}}",
			question, store, bh_json_get_string(chat.root, "id")),
		&answer);
}

/* What a person was answered is not asked again: a chat is called after its question. */
static int
ask_once(const struct cli_demo *demo, size_t person, const char *store, const char *question)
{
	BH_AUTO(bh_json_close) struct bh_json_doc chats = {0};
	const char *token = NULL;
	int status = sign_in(demo, person, &token);

	if (status == CLI_OK)
		status = call(demo, token, "GET",
			cli_api_path(demo->cli, "/api/chats?search=%s", cli_api_escape(demo->cli, question)),
			NULL, NULL, &chats);
	if (status != CLI_OK || bh_json_count(bh_json_get(chats.root, "data")) > 0)
		return status;
	return ask(demo, token, store, question);
}

int
cli_demo_content(struct cli_demo *demo)
{
	const char *token = NULL, *store = NULL;
	int status = sign_in(demo, 0, &token);

	if (status == CLI_OK)
		status = find_or_make_store(demo, token, &store);
	if (status == CLI_OK)
		status = find_or_make_documents(demo, token, store);
	for (size_t i = 0; status == CLI_OK && i < BH_COUNT(questions); i++)
		status = ask_once(demo, questions[i].person, store, questions[i].question);
	return status;
}
