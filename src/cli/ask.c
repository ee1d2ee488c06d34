/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c: bulkhead ask: a streamed answer over the public API, and below it what it is taken from. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/print.h"
#include "cli/call.h"
#include "http/sse.h"
#include "supervisor/lock.h"

#define EVENT_MAX (4u * BH_MIB)
#define CITATIONS_MAX 32u
#define CONTENT_MAX_SHOWN 400u

/* One cited passage. Text is in the instance's arena. */
struct citation {
	const char *file_id;
	const char *filename;
	int64_t page_start, page_end; /* 0: the document has no pages */
	int64_t start, end;           /* code points of the extracted text */
};

struct answer {
	struct cli *cli;
	struct cli_env env;
	struct citation citations[CITATIONS_MAX];
	size_t n;
	bool text;  /* something was printed */
	bool over;  /* the last event has come */
	int status; /* the command's */
};

/* Keeps a citation, once: the supporting sentences' own range where there is one, else the chunk's. */
static void
add_citation(struct answer *answer, const struct bh_json *annotation)
{
	const struct bh_json *own = bh_json_get(annotation, "bulkhead");
	bool quoted = bh_json_get(own, "quote_end") != NULL;
	const char *file = bh_json_get_string(annotation, "file_id");
	const char *name = bh_json_get_string(annotation, "filename");
	struct citation citation = {
		.page_start = bh_json_get_int(own, "page_start", 0),
		.page_end = bh_json_get_int(own, "page_end", 0),
		.start = bh_json_get_int(own, quoted ? "quote_start" : "start", 0),
		.end = bh_json_get_int(own, quoted ? "quote_end" : "end", 0),
	};

	if (file == NULL || answer->n == CITATIONS_MAX)
		return;
	for (size_t i = 0; i < answer->n; i++) {
		if (strcmp(answer->citations[i].file_id, file) == 0 &&
			answer->citations[i].start == citation.start &&
			answer->citations[i].end == citation.end)
			return;
	}
	citation.file_id = bh_arena_strdup(&answer->cli->instance.arena, file);
	citation.filename = bh_arena_strdup(&answer->cli->instance.arena, name != NULL ? name : file);
	answer->citations[answer->n++] = citation;
}

static void
take_failure(struct answer *answer, const struct bh_json *error)
{
	const char *message = bh_json_get_string(error, "message");

	if (answer->text)
		putchar('\n');
	cli_say("%s", message != NULL ? message : "the answer was interrupted");
	answer->status = CLI_FAILED;
	answer->over = true;
}

static void
take_event(struct answer *answer, const struct bh_sse_event *event)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *delta;
	const char *type;

	if (bh_json_parse(event->data, event->data_len, &doc) < 0)
		return;
	type = bh_json_get_string(doc.root, "type");
	if (type == NULL)
		return;
	if (strcmp(type, "response.output_text.delta") == 0 && !answer->cli->options.json) {
		delta = bh_json_get(doc.root, "delta");
		cli_print_plain(bh_json_string(delta), bh_json_string_len(delta));
		fflush(stdout);
		answer->text = true;
	} else if (strcmp(type, "response.output_text.annotation.added") == 0) {
		add_citation(answer, bh_json_get(doc.root, "annotation"));
	} else if (strcmp(type, "response.completed") == 0 ||
		strcmp(type, "response.incomplete") == 0) {
		if (answer->cli->options.json)
			cli_print_json(bh_json_get(doc.root, "response"));
		answer->over = true;
	} else if (strcmp(type, "response.failed") == 0) {
		take_failure(answer, bh_json_get(bh_json_get(doc.root, "response"), "error"));
	} else if (strcmp(type, "error") == 0) {
		take_failure(answer,
			bh_json_get(doc.root, "error") != NULL ? bh_json_get(doc.root, "error") : doc.root);
	}
}

static int
read_stream(struct answer *answer, struct bh_http_reply *reply)
{
	BH_AUTO(bh_sse_close) struct bh_sse sse = {.line_max = EVENT_MAX};
	char bytes[16384];
	int rc = 0;

	while (rc == 0 && !answer->over) {
		ssize_t count = bh_http_reply_read(reply, bytes, sizeof(bytes));
		const char *at = bytes;
		size_t len = count > 0 ? (size_t)count : 0;

		if (count <= 0)
			return count < 0 ? (int)count : BH_E_PROTOCOL;
		while (rc == 0 && len > 0) {
			struct bh_sse_event event;
			bool ready = false;

			rc = bh_sse_feed(&sse, &at, &len, &event, &ready);
			if (rc == 0 && ready)
				take_event(answer, &event);
		}
	}
	return rc;
}

/* ---- what it is taken from ---- */

/* The cited passage, cut out of the extracted text by its code points. */
static void
print_passage(struct answer *answer, const struct citation *citation)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path = cli_api_path(answer->cli, "/v1/vector_stores/%s/files/%s/content",
		answer->env.vector_store, citation->file_id);
	const struct bh_json *item;
	const char *text;
	size_t start, end;

	if (cli_call_get(answer->cli->instance.local, answer->env.api_key, path, &doc) != 200)
		return;
	item = bh_json_get(bh_json_at(bh_json_get(doc.root, "data"), 0), "text");
	text = bh_json_string(item);
	if (text == NULL || citation->end <= citation->start)
		return;
	start = bh_text_offset(text, bh_json_string_len(item), (size_t)citation->start);
	end = bh_text_offset(text, bh_json_string_len(item), (size_t)citation->end);
	fputs("      \"", stdout);
	for (size_t i = start;
		 i < end && i - start < bh_text_cut(text + start, end - start, CONTENT_MAX_SHOWN); i++)
		putchar(text[i] == '\n' || text[i] == '\t' ? ' ' : text[i]);
	puts(end - start > CONTENT_MAX_SHOWN ? "…\"" : "\"");
}

static void
print_citations(struct answer *answer)
{
	if (answer->n == 0) {
		puts("\n\nNo citations: the documents do not support any sentence of this answer.");
		return;
	}
	puts("\n\nSources:");
	for (size_t i = 0; i < answer->n; i++) {
		const struct citation *citation = &answer->citations[i];

		printf("  [%zu] ", i + 1);
		cli_print_plain(citation->filename, strlen(citation->filename));
		if (citation->page_start > 0 && citation->page_end > citation->page_start)
			printf(", pages %lld to %lld", (long long)citation->page_start,
				(long long)citation->page_end);
		else if (citation->page_start > 0)
			printf(", page %lld", (long long)citation->page_start);
		putchar('\n');
		print_passage(answer, citation);
	}
}

static void
write_question(const struct answer *answer, struct bh_buf *out)
{
	struct question {
		const char *model, *input;
		const struct cli_env *tools;
		size_t n_tools;
		bool stream;
	};
	static const struct bh_field tool[] = {
		{"type", BH_FIELD_CONST, .words = "file_search"},
		{"vector_store_ids", BH_FIELD_WORDS, offsetof(struct cli_env, vector_store)},
	};
	static const struct bh_field element = {.type = BH_FIELD_OBJECT, BH_FIELDS(tool)};
	static const struct bh_field fields[] = {
		{"model", BH_FIELD_TEXT, offsetof(struct question, model)},
		{"stream", BH_FIELD_BOOL, offsetof(struct question, stream)},
		{"input", BH_FIELD_TEXT, offsetof(struct question, input)},
		{"tools", BH_FIELD_ARRAY, offsetof(struct question, tools),
			BH_ELEMENTS(struct question, tools, n_tools, &element)},
	};
	const struct question question = {
		.model = answer->env.model != NULL ? answer->env.model : "default",
		.input = answer->cli->args[0],
		.tools = &answer->env,
		.n_tools = 1,
		.stream = true,
	};

	bh_fields_write(&(struct bh_write){.out = out}, BH_LIST(fields), &question);
}

/* An answer that is no stream: the API's error. */
static int
refuse(struct bh_http_reply *reply)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	if (bh_http_reply_body(reply, BH_MIB, &body) < 0 ||
		bh_json_parse(bh_buf_string(&body), body.len, &doc) < 0)
		doc.root = NULL;
	cli_api_refused(reply->status, doc.root);
	return CLI_FAILED;
}

int
cli_ask(struct cli *cli)
{
	struct answer answer = {.cli = cli};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct cli_call call = {.url = cli->instance.local,
		.body = &body,
		.method = "POST",
		.path = "/v1/responses"};
	struct bh_http_client *client = NULL;
	struct bh_http_reply reply = {0};
	int rc = cli_env_read(cli, &answer.env);

	if (supervisor_lock_url(&cli->instance.arena, &cli->instance.place) == NULL)
		return cli_api_not_running(cli->instance.place.home);
	if (rc < 0 || answer.env.api_key == NULL || answer.env.vector_store == NULL)
		return cli_env_missing(cli);
	write_question(&answer, &body);
	call.key = answer.env.api_key;
	rc = cli_call_open(&call, &client, &reply);
	if (rc == BH_E_CONNECT)
		return cli_api_not_running(cli->instance.url);
	if (rc < 0)
		return cli_fail(rc);
	if (reply.status != 200) {
		answer.status = refuse(&reply);
	} else {
		rc = read_stream(&answer, &reply);
		if (rc < 0) {
			cli_say("the answer was interrupted");
			answer.status = CLI_FAILED;
		}
	}
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	if (answer.status == CLI_OK && !cli->options.json)
		print_citations(&answer);
	return answer.status;
}
