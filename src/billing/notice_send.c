/* SPDX-License-Identifier: Apache-2.0 */
/* notice_send.c: the job that sends a notice, by webhook and by mail. What was sent is noted at once; a process
 * that dies in between sends it again with the same id. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "billing/billing.h"
#include "billing/notice.h"
#include "billing/store_notice.h"
#include "http/mail_conf.h"
#include "queue/worker.h"
#include "service/runtime.h"
#include "service/webhook.h"

enum { RECIPIENTS_MAX = 10 };

/* The words of a list. */
static size_t
split(struct bh_arena *arena, const char *emails, const char *out[RECIPIENTS_MAX])
{
	size_t n = 0;

	for (const char *at = emails; *at != '\0' && n < RECIPIENTS_MAX;) {
		size_t len = strcspn(at, " ");

		out[n++] = bh_arena_copy(arena, at, len);
		at += len + (at[len] == ' ');
	}
	return n;
}

static int
send_mail(const struct billing *billing, struct bh_job *job, const struct billing_notice *notice,
	const char *emails)
{
	BH_AUTO(bh_buf_close) struct bh_buf subject = {0}, text = {0};
	const char *to[RECIPIENTS_MAX];
	char id[BH_UUID_HEX];
	struct bh_mail mail = {.to = to, .id = id, .sent_ms = bh_clock_wall_ms()};

	bh_uuid_hex(&notice->id, id);
	billing_notice_subject(notice, &subject);
	billing_notice_text(notice, billing->conf.currency, &text);
	mail.n_to = split(&job->arena, emails, to);
	mail.subject = bh_buf_string(&subject);
	mail.text = bh_buf_string(&text);
	return bh_mail_deliver(&bh_runtime_conf(billing->runtime)->mail, &mail,
		bh_runtime_stop_flag(billing->runtime));
}

static int
send_webhook(const struct billing *billing, struct bh_job *job, const struct billing_notice *notice,
	const struct billing_endpoint *endpoint)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_webhook_endpoint to = {endpoint->url, endpoint->secret, endpoint->previous,
		endpoint->previous_until_ms};
	char id[BH_UUID_TEXT];

	bh_uuid_format(&notice->id, id);
	billing_notice_json(notice, &job->lease.tenant, billing->conf.currency, &body);
	return bh_webhook_send(&billing->webhooks, &job->arena, &job->lease.tenant, &to, id,
		bh_clock_wall_ms(), &body);
}

/* What the tenant is told of a failure: of its own endpoint what that did, of the operator's mail server, whose
 * name, address and answers are nobody else's, a class of failure. The log has the whole. */
static const char *
said_of(bool webhook, int rc)
{
	switch (rc) {
	case BH_E_CONNECT:
		return webhook ? bh_error_detail(rc) : "the mail server could not be reached";
	case BH_E_UPSTREAM_TIMEOUT:
		return webhook ? "the endpoint did not answer in time"
					   : "the mail server did not answer in time";
	case BH_E_PROTOCOL:
	case BH_E_UPSTREAM:
		return webhook ? bh_error_detail(rc) : "the mail server did not take the mail";
	case BH_E_INVALID:
		return webhook ? bh_error_detail(rc) : "an address is not valid";
	case BH_E_URL_REFUSED: /* of a webhook: mail goes to the operator's own server */
		return bh_error_detail(rc);
	case BH_E_EMPTY:
		return webhook ? "no webhook is set" : "no mail server or no address is set";
	case BH_E_CONFIG:
		return "the mail server is not set up";
	default:
		return bh_error_row(rc)->sentence;
	}
}

/* What became of one way: where it is still pending, `rc` is why. */
static int
note(struct bh_job *job, const struct billing_notice *notice, bool webhook, bool over, int rc)
{
	const char *state = rc == 0 ? "sent" : rc == BH_E_EMPTY ? "off" : over ? "dead" : "pending";
	const char *said = NULL;

	if (rc < 0) {
		said = said_of(webhook, rc);
		said = bh_arena_printf(&job->arena, "%.400s",
			said[0] != '\0' ? said : bh_error_row(rc)->sentence);
		if (rc != BH_E_EMPTY && (!webhook || rc == BH_E_INTERNAL))
			bh_log_failure(webhook ? "send a webhook" : "send a mail", rc);
	}
	return webhook
		? billing_store_notice_webhook(&job->db, &job->lease.tenant, &notice->id, state, said)
		: billing_store_notice_mail(&job->db, &job->lease.tenant, &notice->id, state, said);
}

/* One way, unless it is done. over: not again. *waits: it is to be tried again. */
static int
try_way(struct bh_job *job, const struct billing_notice *notice,
	const struct billing_endpoint *endpoint, bool webhook, bool over, bool *waits)
{
	const struct billing *billing = job->service;
	const char *state = webhook ? notice->webhook : notice->mail;
	const char *emails = endpoint->emails != NULL ? endpoint->emails : "";
	int rc = BH_E_EMPTY;

	if (strcmp(state, "pending") != 0)
		return 0;
	if (webhook && endpoint->url != NULL)
		rc = send_webhook(billing, job, notice, endpoint);
	else if (!webhook && emails[0] != '\0' &&
		bh_mail_is_set(&bh_runtime_conf(billing->runtime)->mail))
		rc = send_mail(billing, job, notice, emails);
	if (rc == BH_E_CANCELLED)
		return rc;
	*waits = *waits || (rc < 0 && rc != BH_E_EMPTY && !over);
	return note(job, notice, webhook, over, rc);
}

int
billing_notice_run(struct bh_job *job)
{
	const struct bh_lease *lease = &job->lease;
	struct billing_endpoint endpoint = {0};
	struct billing_notice notice;
	bool waits = false, over;
	int rc = billing_store_notice_get(&job->db, &lease->tenant, &lease->subject, &notice);

	if (rc == BH_E_NOT_FOUND)
		return BH_JOB_DONE; /* its time was over */
	over = rc == 0 && bh_clock_wall_ms() - notice.crossed_ms >= BILLING_NOTICE_MS;
	if (rc == 0)
		rc = billing_store_endpoint_get(&job->db, &lease->tenant, &endpoint);
	if (rc == 0)
		rc = billing_store_notice_tried(&job->db, &lease->tenant, &notice.id);
	if (rc == 0)
		rc = try_way(job, &notice, &endpoint, true, over, &waits);
	if (rc == 0)
		rc = try_way(job, &notice, &endpoint, false, over, &waits);
	if (rc < 0 || !waits)
		return rc;
	rc = bh_lease_retry(&job->db, lease,
		bh_clock_wall_ms() + bh_webhook_wait_ms(notice.attempts + 1), "not taken");
	return rc < 0 ? rc : BH_JOB_ENDED;
}
