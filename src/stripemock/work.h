/* SPDX-License-Identifier: Apache-2.0 */
/* work.h: one transaction on the account: objects as they are read and changed, and the events of that. */
#ifndef BH_STRIPEMOCK_WORK_H
#define BH_STRIPEMOCK_WORK_H

#include "db/db.h"
#include "stripemock/problem.h"
#include "stripemock/store.h"
#include "stripemock/stripemock.h"
#include "stripemock/value.h"

/* One object. What is changed in the body is written when the work is. */
struct stripemock_doc {
	const char *id, *kind;
	struct stripemock_value *body;
	const struct stripemock_value *before; /* as it was read or last told in an event; NULL: new */
	int64_t seq;
	bool is_dirty, is_gone, is_removed;
	struct stripemock_doc *next;
};

struct stripemock_event {
	const char *id, *type;
	const char *body;
	int64_t created;
	struct stripemock_event *next;
};

struct stripemock_work {
	struct bh_db *tx;                         /* borrowed */
	struct bh_arena *arena;                   /* borrowed */
	const struct bh_uuid *tenant;             /* the platform */
	struct stripemock *mock;                  /* borrowed */
	int64_t wall_s;                           /* real time */
	int64_t now_s;                            /* by the clock of whom this is about */
	const char *clock;                        /* that clock's id; "": real time */
	const char *request_id, *idempotency_key; /* NULL: nobody's call */
	const char *ids[2];                       /* of the path */
	struct stripemock_value *params;          /* checked */
	struct stripemock_value *result;          /* the answer */
	struct stripemock_problem problem;        /* status 0: none */
	struct stripemock_doc *docs;
	struct stripemock_event *events, *events_last;
	struct stripemock_account account;
	bool is_locked;
	unsigned made; /* webhooks that are to be sent */
};

/* Locks the account, once. What changes objects does so first. */
BH_MUST_CHECK int stripemock_work_lock(struct stripemock_work *work);

/* A new object from a literal, which lacks id, created and livemode; has an id with this prefix ("cus"). */
struct stripemock_doc *stripemock_work_new(struct stripemock_work *work, const char *kind,
	const char *prefix, const char *literal);
const char *stripemock_work_id(struct stripemock_work *work, const char *prefix);
/* 24 hex digits nobody can guess, in the arena. */
const char *stripemock_work_random(struct stripemock_work *work);

/* NULL for an id that is none or of another kind (kind NULL: any). */
BH_MUST_CHECK int stripemock_work_find(struct stripemock_work *work, const char *kind,
	const char *id, struct stripemock_doc **out);
/* The same; resource_missing if there is none: 404 where `param` is "id", else 400. Not what is gone. */
BH_MUST_CHECK int stripemock_work_get(struct stripemock_work *work, const char *kind,
	const char *id, const char *param, struct stripemock_doc **out);
/* The objects of a kind that have these members (NULL: all), the newest first. */
BH_MUST_CHECK int stripemock_work_list(struct stripemock_work *work,
	const struct stripemock_filter *filter, struct stripemock_doc ***out, size_t *out_n);

/* Whether a parameter, if it is there, is the address of a web page: what browsers are led to. */
BH_MUST_CHECK int stripemock_work_check_url(struct stripemock_work *work, const char *param);
/* {"NAME":"TEXT"} for such a list. */
const char *stripemock_work_member(struct stripemock_work *work, const char *name,
	const char *text);

/* What is changed is marked. */
static inline void
stripemock_work_touch(struct stripemock_doc *doc)
{
	doc->is_dirty = true;
}

/* From here on it is the time of this object's test clock (its member "test_clock"). */
BH_MUST_CHECK int stripemock_work_enter(struct stripemock_work *work,
	const struct stripemock_doc *doc);

/* Notes an event with the object as it is now. One whose type ends with ".updated" tells what has changed, and is
 * none if nothing has. */
BH_MUST_CHECK int stripemock_work_event(struct stripemock_work *work, const char *type,
	struct stripemock_doc *doc);
/* The same of an object that is kept nowhere. */
void stripemock_work_event_of(struct stripemock_work *work, const char *type,
	const struct stripemock_value *object, const struct stripemock_value *previous);
/* An event of the kind of API v2: its data is its own. */
void stripemock_work_event_thin(struct stripemock_work *work, const char *type,
	const char *related_id, const char *related_type, struct stripemock_value *data);

/* Writes what was changed, so that lists see it. */
BH_MUST_CHECK int stripemock_work_flush(struct stripemock_work *work);

/* Refuses the call: fills work->problem and returns BH_E_INVALID, which undoes all. */
int stripemock_work_refuse(struct stripemock_work *work, const char *code, const char *param,
	const char *format, ...) BH_PRINTF(4, 5);

/* ---- view.c ---- */

/* The object as it is shown: prices stand in subscriptions, and so on. Fresh. */
BH_MUST_CHECK int stripemock_view(struct stripemock_work *work, const struct stripemock_doc *doc,
	struct stripemock_value **out);
/* Puts objects in place of the ids that `expand` names. */
BH_MUST_CHECK int stripemock_view_expand(struct stripemock_work *work,
	struct stripemock_value *value, const struct stripemock_value *expand);
/* Answers with the object. */
BH_MUST_CHECK int stripemock_view_answer(struct stripemock_work *work,
	const struct stripemock_doc *doc);

#endif
