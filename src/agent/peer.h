/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h: calls to the model and rag services on behalf of a response's owner. */
#ifndef AGENT_PEER_H
#define AGENT_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/tools.h"
#include "base/macros.h"
#include "http/sse.h"
#include "json/json.h"
#include "service/peer.h"

/* What a model's description says. */
struct agent_model {
	const char *id;
	bool is_chat;
	bool managed;          /* the embedded engine's */
	bool vision;           /* takes pictures */
	bool sentences;        /* answers from single sentences better than from passages */
	int64_t reads, writes; /* its measured tokens a second; 0: not known */
	int64_t context;       /* tokens; 0: not known */
	int64_t max_output;    /* 0: the context's rest */
};

/* BH_E_MODEL_NOT_FOUND with the model service's own sentence; BH_E_UNAVAILABLE. */
BH_MUST_CHECK int agent_peer_model(const struct bh_peer *peer, const char *name,
	struct agent_model *out);

/* Token counts of texts. BH_E_UNSUPPORTED where the model has no tokenizer that we may ask. */
BH_MUST_CHECK int agent_peer_tokens(const struct bh_peer *peer, const char *model,
	const char *const *texts, size_t n, int64_t *out_counts);

/* Vectors of texts, one after the other in *out, each of *out_dimensions floats. */
BH_MUST_CHECK int agent_peer_vectors(const struct bh_peer *peer, const char *model,
	const char *const *texts, size_t n, float **out, size_t *out_dimensions);

/* Searches; *out is rag's answer. Without queries it only checks stores, filters and options. The best hits come
 * with the text around them, of so many tokens; 0: without. */
BH_MUST_CHECK int agent_peer_search(const struct bh_peer *peer, const struct agent_tool *tool,
	const char *const *queries, size_t n, int64_t expand_tokens, struct bh_json_doc *out);

/* ---- one streamed chat completion ---- */

/* Zeroed means none. */
struct agent_chat {
	struct bh_http_reply reply; /* owned */
	struct bh_sse sse;          /* owned */
	struct bh_json_doc doc;     /* owned: the last event */
	char *read;                 /* owned */
	const char *at;
	size_t left;
};

/* One event; borrowed until the next call. */
struct agent_chat_event {
	const char *text, *refusal; /* NULL: none */
	size_t len, refusal_len;
	const struct bh_json *calls; /* deltas of tool calls, or NULL */
	const char *finish;          /* the finish_reason, or NULL */
	struct agent_usage usage;
	bool done;
};

/* Sends the request and waits for the answer's head. *out_wait_ms: the retry-after of a refusal; -1:
 * none. */
BH_MUST_CHECK int agent_chat_open(const struct bh_peer *peer, const struct bh_buf *body,
	struct agent_chat *out, int64_t *out_wait_ms);
/* The next event. With wait_ms >= 0, *out_ready is false when none came in that time. */
BH_MUST_CHECK int agent_chat_next(struct agent_chat *chat, int64_t wait_ms,
	struct agent_chat_event *out, bool *out_ready);
/* Closing in the middle is how the engine learns to stop. Safe on a zeroed chat, and twice. */
void agent_chat_close(struct agent_chat *chat);

#endif
