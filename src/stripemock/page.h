/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: the mock's pages: plain HTML without scripts. */
#ifndef BH_STRIPEMOCK_PAGE_H
#define BH_STRIPEMOCK_PAGE_H

#include "service/request.h"
#include "stripemock/work.h"

struct stripemock_page {
	struct bh_buf html; /* owned */
	char nonce[32];
	const char *leave_url; /* where its forms may lead besides the page itself; NULL: nowhere */
};

/* Begins a page with the line that tells what it is. */
void stripemock_page_open(struct stripemock_page *page, const char *title);
void stripemock_page_text(struct stripemock_page *page, const char *text); /* escaped */
/* <p>NAME: TEXT</p> */
void stripemock_page_line(struct stripemock_page *page, const char *name, const char *text);
/* "12.34 USD", in the arena. */
const char *stripemock_page_money(struct bh_arena *arena, int64_t amount, const char *currency);
/* A button that posts action=NAME. */
void stripemock_page_button(struct stripemock_page *page, const char *action, const char *label);
/* Answers with the page, and closes it. */
int stripemock_page_reply(struct bh_request *req, struct stripemock_page *page, int status);
/* Answers with a short page. */
int stripemock_page_say(struct bh_request *req, int status, const char *text);
/* Leads on to another page (303). */
int stripemock_page_lead(struct bh_request *req, const char *url);

/* False for a form that another site sent. */
bool stripemock_page_is_own(const struct bh_request *req);
/* A value of the posted form; NULL: none. */
const char *stripemock_page_posted(struct bh_request *req, const char *name);

/* Runs a function on the session of the path. Its refusal is in *problem. */
struct stripemock_page_work {
	struct bh_request *req;
	const char *kind; /* of the session */
	int (*run)(struct stripemock_work *work, struct stripemock_doc *session, void *ctx);
	void *ctx;
	struct stripemock_problem problem;
};
int stripemock_page_run(struct stripemock_page_work *of);

#endif
