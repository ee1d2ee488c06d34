/* SPDX-License-Identifier: Apache-2.0 */
/* run_search.c: the step of file_search: one search, with the queries that the conversation makes. */
#include "agent/run.h"

#include <string.h>

#include "agent/prompt.h"
#include "agent/query.h"
#include "agent/request.h"
#include "base/clock.h"
#include "base/error.h"

enum { RETRY_BASE_MS = 100, RETRY_MOST_MS = 1000 };

static struct agent_output *
find_search(struct agent_run *run)
{
	for (size_t i = 0; i < run->record.n_outputs; i++) {
		if (run->record.outputs[i].type == AGENT_OUTPUT_SEARCH)
			return &run->record.outputs[i];
	}
	return NULL;
}

/* What the conversation asks for. */
static int
read_queries(struct agent_run *run, struct agent_queries *out)
{
	struct agent_prompt prompt;
	int rc = agent_prompt_read(run->arena, run->items, run->n_items, NULL, &prompt);

	if (rc == 0)
		agent_query_make(run->arena, &prompt, (size_t)run->request.queries, out);
	return rc;
}

/* rag may be starting anew; the client waits a little rather than being sent away. */
static int
ask(struct agent_run *run, const struct agent_tool *tool, const struct agent_queries *queries,
	struct bh_json_doc *out)
{
	int64_t until_ms = bh_clock_steady_ms() + run->agent->conf.retry_ms;
	int rc;

	for (int64_t attempt = 0;; attempt++) {
		rc = agent_peer_search(&run->peer, tool, queries->list, queries->n,
			run->agent->conf.expand_tokens, out);
		if (!bh_error_is_transient(rc) || bh_clock_steady_ms() > until_ms || run->job->stop.now)
			return rc;
		bh_runtime_wait(run->agent->runtime, "run-pause",
			20 + bh_retry_wait_ms(attempt, RETRY_BASE_MS, RETRY_MOST_MS));
	}
}

static int
search(struct agent_run *run, struct agent_output *output, const struct agent_tool *tool,
	const struct agent_queries *queries)
{
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf results = {0};
	int rc;

	if (output == NULL)
		output = agent_record_search_begin(&run->record, queries->list, queries->n);
	rc = agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
	if (rc == 0)
		rc = ask(run, tool, queries, &answer);
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
	struct agent_queries queries;
	int rc;

	if (tool == NULL)
		return 0;
	rc = read_queries(run, &queries);
	if (rc < 0 || queries.question == NULL)
		return rc;
	if (output == NULL || output->results == NULL)
		rc = search(run, output, tool, &queries);
	if (rc < 0)
		return rc;
	run->searched = true;
	run->question = queries.question;
	run->query = queries.list[0];
	output = find_search(run);
	rc = agent_passages_read(run->arena, output->results,
		(double)run->agent->conf.passage_score_percent / 100, &run->passages);
	run->passages.query = run->query;
	return rc;
}
