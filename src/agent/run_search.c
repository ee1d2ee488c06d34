/* SPDX-License-Identifier: Apache-2.0 */
/* run_search.c: the step of file_search: one query, the person's last message. */
#include "agent/run.h"

#include <string.h>

#include "agent/prompt.h"
#include "agent/request.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

enum { QUERY_BYTES_MAX = 4000, RETRY_BASE_MS = 100, RETRY_MOST_MS = 1000 };

static struct agent_output *
find_search(struct agent_run *run)
{
	for (size_t i = 0; i < run->record.n_outputs; i++) {
		if (run->record.outputs[i].type == AGENT_OUTPUT_SEARCH)
			return &run->record.outputs[i];
	}
	return NULL;
}

/* NULL when nobody has asked anything. */
static int
read_query(struct agent_run *run, const char **out)
{
	struct agent_prompt prompt;
	const char *text;
	int rc;

	*out = NULL;
	rc = agent_prompt_read(run->arena, run->items, run->n_items, NULL, &prompt);
	if (rc < 0 || prompt.question == prompt.n)
		return rc;
	text = prompt.messages[prompt.question].text;
	if (text[strspn(text, " \t\r\n")] != '\0')
		*out = bh_arena_copy(run->arena, text, bh_text_cut(text, strlen(text), QUERY_BYTES_MAX));
	return 0;
}

/* rag may be starting anew; the client waits a little rather than being sent away. */
static int
ask(struct agent_run *run, const struct agent_tool *tool, const char *query,
	struct bh_json_doc *out)
{
	int64_t until_ms = bh_clock_steady_ms() + run->agent->conf.retry_ms;
	int rc;

	for (int64_t attempt = 0;; attempt++) {
		rc = agent_peer_search(&run->peer, tool, query, out);
		if (!bh_error_is_transient(rc) || bh_clock_steady_ms() > until_ms || run->job->stop.now)
			return rc;
		bh_runtime_wait(run->agent->runtime, "run-pause",
			20 + bh_retry_wait_ms(attempt, RETRY_BASE_MS, RETRY_MOST_MS));
	}
}

static int
search(struct agent_run *run, struct agent_output *output, const struct agent_tool *tool,
	const char *query)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf results = {0};
	int rc;

	if (output == NULL)
		output = agent_record_search_begin(&run->record, query);
	rc = agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
	if (rc == 0)
		rc = ask(run, tool, query, &answer);
	if (rc < 0)
		return rc;
	agent_passages_results(answer.root, &results);
	agent_record_search_end(&run->record, output, bh_buf_string(&results));
	/* The step's result is kept with its events: a worker that goes on does not search again. */
	return agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
}

int
agent_run_search(struct agent_run *run)
{
	struct agent_output *output = find_search(run);
	const struct agent_tool *tool = agent_request_searches(&run->request);
	const char *query = NULL;
	int rc;

	if (tool == NULL)
		return 0;
	rc = read_query(run, &query);
	if (rc < 0 || query == NULL)
		return rc;
	if (output == NULL || output->results == NULL)
		rc = search(run, output, tool, query);
	if (rc < 0)
		return rc;
	run->searched = true;
	run->question = query;
	output = find_search(run);
	return agent_passages_read(run->arena, output->results,
		(double)run->agent->conf.passage_score_percent / 100, &run->passages);
}
