/* SPDX-License-Identifier: Apache-2.0 */
/* store_chat.h: chats: a person's responses that belong together. Nobody but the subject that made a chat finds
 * it: for others in the tenant it is not there. */
#ifndef AGENT_STORE_CHAT_H
#define AGENT_STORE_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "service/request.h"

#define AGENT_CHAT_PREFIX "chat_"

enum {
	AGENT_CHATS_MOST = 5000,    /* of a subject */
	AGENT_TURNS_MOST = 2000,    /* of a chat */
	AGENT_CHAT_TITLE_MOST = 200 /* characters */
};

/* A row of `chat`. */
struct agent_chat_row {
	struct bh_uuid id;
	const char *title;
	const char *settings; /* JSON object of the client's */
	int64_t turns;
	struct bh_uuid latest; /* response of the latest turn; zero: none */
	int64_t created_ms, updated_ms;
};

/* Whose chat. */
struct agent_chat_of {
	const struct bh_uuid *tenant; /* borrowed */
	const char *subject;          /* borrowed */
};

/* Whoever asks. */
static inline struct agent_chat_of
agent_asker(const struct bh_request *req)
{
	return (struct agent_chat_of){&req->tenant, req->claims.subject_text};
}

/* *out_added false: the subject has AGENT_CHATS_MOST. */
BH_MUST_CHECK int agent_store_chat_add(struct bh_db *db, struct agent_chat_of of,
	const struct bh_uuid *id, const char *title, const char *settings, struct agent_chat_row *out,
	bool *out_added);
/* BH_E_NOT_FOUND also for another subject's. */
BH_MUST_CHECK int agent_store_chat_get(struct bh_db *db, struct agent_chat_of of,
	const struct bh_uuid *id, struct agent_chat_row *out);
/* The most recently used first, from `after` on (zero: from the first). `search`: those in whose title or
 * questions it stands, in any case; NULL: all. */
BH_MUST_CHECK int agent_store_chat_list(struct bh_db *db, struct agent_chat_of of,
	const char *search, const struct bh_uuid *after, int64_t limit, struct agent_chat_row **out,
	size_t *out_n);
/* NULL leaves as it is. */
BH_MUST_CHECK int agent_store_chat_set(struct bh_db *db, struct agent_chat_of of,
	const struct bh_uuid *id, const char *title, const char *settings);
/* Its responses go with it. */
BH_MUST_CHECK int agent_store_chat_delete(struct bh_db *tx, struct agent_chat_of of,
	const struct bh_uuid *id);

/* ---- turns ---- */

/* The response is in the same transaction. The chat counts as used now and gets the question (at most
 * 2000 characters) as its title where it has none. BH_E_TOO_MANY: it has AGENT_TURNS_MOST. BH_E_NOT_FOUND. */
BH_MUST_CHECK int agent_store_turn_add(struct bh_db *tx, struct agent_chat_of of,
	const struct bh_uuid *chat, const struct bh_uuid *response, const char *question);
/* Responses of a chat, a slice of ids in the order of their ids (service/list.h). */
BH_MUST_CHECK int agent_store_turn_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *chat, const struct bh_uuid *low, const struct bh_uuid *high, bool up,
	int64_t limit, struct bh_uuid **out, size_t *out_n);

/* Whether it is a turn of another subject's chat: then it is not there for this one. */
BH_MUST_CHECK int agent_store_turn_hides(struct bh_db *db, struct agent_chat_of of,
	const struct bh_uuid *response, bool *out);

/* A run that has not ended. */
struct agent_turn_run {
	struct bh_uuid response, job;
};
BH_MUST_CHECK int agent_store_turn_running(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *chat, struct agent_turn_run **out, size_t *out_n);

/* The statement that removes chats that have no turn and were not used for a time (service/retention.h). */
extern const char agent_store_chat_retention[];

#endif
