/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: what the mock's pages have in common. */
#include "stripemock/page.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "sec/digest.h"
#include "stripemock/form.h"
#include "stripemock/stripemock.h"

static const char style[] =
	":root{color-scheme:light dark;--ink:#1c2530;--paper:#f6f7f9;--card:#fff;--line:#8a94a3;"
	"--accent:#14557b;--on-accent:#fff;--warn:#7a2e00;--warn-paper:#ffe8d6}"
	"@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--paper:#12171d;--card:#1b222b;"
	"--line:#77828f;--accent:#8cc8ec;--on-accent:#0c1318;--warn:#ffd9bd;--warn-paper:#4a2408}}"
	"*{box-sizing:border-box}"
	"body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}"
	".test{margin:0;padding:.75rem 1rem;text-align:center;font-weight:700;color:var(--warn);"
	"background:var(--warn-paper)}"
	"main{max-width:34rem;margin:2rem auto;padding:1.5rem 2rem;background:var(--card);"
	"border-radius:.75rem}"
	"h1{margin:0 0 1rem;font-size:1.4rem}h2{font-size:1.1rem}"
	"label{display:block;margin:1rem 0 .35rem;font-weight:600}"
	"select{width:100%;padding:.5rem;font:inherit;color:inherit;background:var(--card);"
	"border:1px solid var(--line);border-radius:.4rem}"
	"button{margin:1rem .5rem 0 0;padding:.6rem 1.2rem;font:inherit;font-weight:600;"
	"color:var(--on-accent);background:var(--accent);border:0;border-radius:.4rem}"
	":focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
	"form{display:inline}";

/* The characters that mean something in HTML. */
void
stripemock_page_text(struct stripemock_page *page, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		switch (*text) {
		case '&':
			bh_buf_text(&page->html, "&amp;");
			break;
		case '<':
			bh_buf_text(&page->html, "&lt;");
			break;
		case '>':
			bh_buf_text(&page->html, "&gt;");
			break;
		case '"':
			bh_buf_text(&page->html, "&quot;");
			break;
		case '\'':
			bh_buf_text(&page->html, "&#39;");
			break;
		default:
			bh_buf_char(&page->html, *text);
		}
	}
}

void
stripemock_page_open(struct stripemock_page *page, const char *title)
{
	unsigned char bytes[18];

	bh_random(bytes, sizeof(bytes));
	bh_base64url_encode(bytes, sizeof(bytes), page->nonce);
	bh_buf_text(&page->html,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n<title>TEST: ");
	stripemock_page_text(page, title);
	bh_buf_printf(&page->html, "</title>\n<style nonce=\"%s\">%s</style>\n</head>\n<body>\n",
		page->nonce, style);
	bh_buf_text(&page->html,
		"<p class=\"test\" role=\"note\">TEST: this is a mock of Stripe. No money moves.</p>\n"
		"<main>\n<h1>");
	stripemock_page_text(page, title);
	bh_buf_text(&page->html, "</h1>\n");
}

void
stripemock_page_line(struct stripemock_page *page, const char *name, const char *text)
{
	bh_buf_text(&page->html, "<p>");
	stripemock_page_text(page, name);
	bh_buf_text(&page->html, ": ");
	stripemock_page_text(page, text);
	bh_buf_text(&page->html, "</p>\n");
}

const char *
stripemock_page_money(struct bh_arena *arena, int64_t amount, const char *currency)
{
	int64_t whole = amount < 0 ? -amount : amount;
	char *text = bh_arena_printf(arena, "%s%lld.%02lld %s", amount < 0 ? "-" : "",
		(long long)(whole / 100), (long long)(whole % 100), currency != NULL ? currency : "");

	for (char *c = text; *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
	return text;
}

void
stripemock_page_button(struct stripemock_page *page, const char *action, const char *label)
{
	bh_buf_printf(&page->html, "<button name=\"action\" value=\"%s\">", action);
	stripemock_page_text(page, label);
	bh_buf_text(&page->html, "</button>\n");
}

/* The origin of an address, for the policy; "" for one that has none which can stand there. */
static const char *
origin_of(struct bh_arena *arena, const char *url)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
	const char *host = url != NULL ? strstr(url, "://") : NULL;
	size_t len;

	if (host == NULL || (!bh_text_starts(url, "http://") && !bh_text_starts(url, "https://")))
		return "";
	len = strspn(host + 3, plain);
	if (strchr("/?#", host[3 + len]) == NULL)
		return "";
	return bh_arena_copy(arena, url, (size_t)(host - url) + 3 + len);
}

static void
add_headers(struct bh_request *req, const char *policy)
{
	bh_reply_header(req, "content-security-policy", policy);
	bh_reply_header(req, "cache-control", "no-store");
	bh_reply_header(req, "referrer-policy", "same-origin");
	bh_reply_header(req, "x-content-type-options", "nosniff");
	bh_reply_header(req, "x-bulkhead-mock", "stripe");
}

int
stripemock_page_reply(struct bh_request *req, struct stripemock_page *page, int status)
{
	bh_buf_text(&page->html, "</main>\n</body>\n</html>\n");
	add_headers(req,
		bh_arena_printf(req->arena,
			"default-src 'none'; style-src 'nonce-%s'; base-uri 'none'; form-action 'self' %s; "
			"frame-ancestors 'none'",
			page->nonce, origin_of(req->arena, page->leave_url)));
	bh_reply_text(req, status, "text/html; charset=utf-8", bh_buf_string(&page->html));
	bh_buf_close(&page->html);
	return 0;
}

int
stripemock_page_say(struct bh_request *req, int status, const char *text)
{
	struct stripemock_page page = {0};

	stripemock_page_open(&page, text);
	return stripemock_page_reply(req, &page, status);
}

int
stripemock_page_lead(struct bh_request *req, const char *url)
{
	add_headers(req, "default-src 'none'; frame-ancestors 'none'");
	bh_reply_header(req, "location", url);
	return bh_reply_empty(req, 303);
}

/* Whether an address is of this platform: of the place that was called, or of the one that links name. */
static bool
is_ours(const struct bh_request *req, const char *url)
{
	const struct stripemock *mock = req->service;
	const char *host = bh_http_header(req->http, "host");
	const char *at = strstr(url, "://");
	size_t len = strlen(mock->conf.page_url);

	if (at == NULL)
		return false;
	if (strncmp(url, mock->conf.page_url, len) == 0 && (url[len] == '/' || url[len] == '\0'))
		return true;
	at += 3;
	len = host != NULL ? strlen(host) : 0;
	return len > 0 && strncmp(at, host, len) == 0 && (at[len] == '/' || at[len] == '\0');
}

/* Browsers say where a form comes from: by fetch metadata, the origin (which the gateway keeps to itself) or the referrer.
 * Who sends none of them has to know the session all the same. */
bool
stripemock_page_is_own(const struct bh_request *req)
{
	const char *site = bh_http_header(req->http, "sec-fetch-site");
	const char *origin = bh_http_header(req->http, "origin");
	const char *referrer = bh_http_header(req->http, "referer");

	if (site != NULL)
		return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
	if (origin != NULL)
		return is_ours(req, origin);
	return referrer == NULL || is_ours(req, referrer);
}

const char *
stripemock_page_posted(struct bh_request *req, const char *name)
{
	struct stripemock_value *form = stripemock_value_new(req->arena, BH_JSON_OBJECT);

	if (stripemock_form_read(req->http->body.data, req->http->body.len, form) < 0)
		return NULL;
	return text_at(form, name);
}

static int
run(struct bh_db *tx, void *ctx)
{
	struct stripemock_page_work *of = ctx;
	struct bh_request *req = of->req;
	struct stripemock_doc *session;
	struct stripemock_work work = {
		.tx = tx,
		.arena = req->arena,
		.tenant = &bh_platform_tenant,
		.mock = req->service,
		.wall_s = bh_clock_wall_ms() / 1000,
		.clock = "",
		.params = stripemock_value_new(req->arena, BH_JSON_OBJECT),
	};
	bool changes = strcmp(req->http->method, "POST") == 0;
	int rc = changes ? stripemock_work_lock(&work) : 0;

	work.now_s = work.wall_s;
	if (rc == 0)
		rc = stripemock_work_get(&work, of->kind, req->params[0].value, "id", &session);
	if (rc == 0)
		rc = of->run(&work, session, of->ctx);
	if (rc == 0)
		rc = stripemock_work_flush(&work);
	of->problem = work.problem;
	if (rc == 0 && work.made > 0)
		bh_runtime_wake(req->runtime, STRIPEMOCK_WORKER_SEND);
	return rc;
}

int
stripemock_page_run(struct stripemock_page_work *of)
{
	const struct stripemock *mock = of->req->service;
	struct bh_db db = bh_db_as(of->req->db, &bh_platform_tenant);

	if (!mock->conf.enabled)
		return BH_E_NOT_FOUND;
	return bh_tx_run(&db, run, of);
}
