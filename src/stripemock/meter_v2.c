/* SPDX-License-Identifier: Apache-2.0 */
/* meter_v2.c: usage as API v2 takes it: one by one, or many in a call of a session. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "sec/digest.h"
#include "stripemock/meter.h"
#include "stripemock/operation.h"

enum { SESSION_S = 15 * 60, EVENTS_MOST = 100, TOKEN = 96 };

/* Of API v2: its timestamp is a text. */
const struct stripemock_param meter_event_v2_params[] = {
	{"event_name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"payload", STRIPEMOCK_MAP, STRIPEMOCK_REQUIRED},
	{"identifier", STRIPEMOCK_TEXT},
	{"timestamp", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param meter_stream_params[] = {
	{"events[].event_name", STRIPEMOCK_TEXT},
	{"events[].payload", STRIPEMOCK_MAP},
	{"events[].identifier", STRIPEMOCK_TEXT},
	{"events[].timestamp", STRIPEMOCK_TEXT},
	{0},
};

static const char *
print_time(struct stripemock_work *work, int64_t seconds)
{
	char text[BH_TIME_TEXT];

	bh_clock_format(seconds * 1000, text);
	return bh_arena_strdup(work->arena, text);
}

/* 2026-11-29T15:04:05.000Z */
static bool
read_time(const char *text, int64_t *out)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (end == NULL)
		return false;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	*out = (int64_t)timegm(&tm);
	return strcmp(end, "Z") == 0;
}

int
stripemock_meter_event_v2_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	const char *identifier = stripemock_meter_identifier(work),
			   *text = text_at(params, "timestamp");
	int64_t happened = work->now_s;
	int rc;

	(void)operation;
	if (text != NULL && !read_time(text, &happened))
		return stripemock_work_refuse(work, "parameter_invalid_timestamp", "timestamp",
			"Invalid timestamp.");
	rc = stripemock_meter_record(work, identifier, &happened);
	if (rc < 0)
		return rc;
	work->result = stripemock_value_literal(work->arena,
		"{'object':'v2.billing.meter_event','livemode':false}");
	put_text(work->result, "created", print_time(work, work->wall_s));
	put_copy(work->result, "event_name", stripemock_value_at(params, "event_name"));
	put_text(work->result, "identifier", identifier);
	put_copy(work->result, "payload", stripemock_value_at(params, "payload"));
	put_text(work->result, "timestamp", print_time(work, happened));
	return 0;
}

int
stripemock_meter_v2_adjust(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	int rc = stripemock_meter_adjust(work, operation);

	if (rc < 0)
		return rc;
	put_text(work->result, "object", "v2.billing.meter_event_adjustment");
	put_text(work->result, "id", stripemock_work_id(work, "mtr_event_adj_test"));
	put_text(work->result, "created", print_time(work, work->wall_s));
	return 0;
}

/* ---- sessions ---- */

/* A token tells its end, and proves it: nothing is kept of it. */
static void
make_token(const struct stripemock *mock, int64_t until_s, char out[TOKEN])
{
	struct bh_digest digest;
	char text[64], hex[65];

	snprintf(text, sizeof(text), "meter events until %lld", (long long)until_s);
	bh_digest_hmac(&mock->endpoint_key, text, strlen(text), &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	snprintf(out, TOKEN, "ses_mock%lld_%s", (long long)until_s, hex);
	bh_wipe(&digest, sizeof(digest));
}

bool
stripemock_meter_session_is(const struct stripemock *mock, const char *token, int64_t now_s)
{
	static const char prefix[] = "ses_mock";
	char text[24], wanted[TOKEN];
	size_t digits;
	int64_t until_s;
	bool good;

	if (token == NULL || strncmp(token, prefix, strlen(prefix)) != 0)
		return false;
	digits = strspn(token + strlen(prefix), "0123456789");
	if (digits == 0 || digits >= sizeof(text))
		return false;
	memcpy(text, token + strlen(prefix), digits);
	text[digits] = '\0';
	if (bh_text_int(text, now_s, INT64_MAX, &until_s) < 0)
		return false;
	make_token(mock, until_s, wanted);
	good = strlen(token) == strlen(wanted) && bh_bytes_equal(token, wanted, strlen(wanted));
	bh_wipe(wanted, sizeof(wanted));
	return good;
}

int
stripemock_meter_session_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	char token[TOKEN];

	(void)operation;
	make_token(work->mock, work->wall_s + SESSION_S, token);
	work->result = stripemock_value_literal(work->arena,
		"{'object':'v2.billing.meter_event_session','livemode':false}");
	put_text(work->result, "id", stripemock_work_id(work, "mes_test"));
	put_text(work->result, "authentication_token", bh_arena_strdup(work->arena, token));
	put_text(work->result, "created", print_time(work, work->wall_s));
	put_text(work->result, "expires_at", print_time(work, work->wall_s + SESSION_S));
	bh_wipe(token, sizeof(token));
	return 0;
}

/* All events of the call, or none. */
int
stripemock_meter_stream(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const struct stripemock_value *events = stripemock_value_at(work->params, "events");
	int rc = 0;

	if (events == NULL || events->count == 0 || events->count > EVENTS_MOST)
		return stripemock_work_refuse(work, "parameter_missing", "events",
			"A call must have 1 to %d events.", EVENTS_MOST);
	for (struct stripemock_value *event = events->first; rc == 0 && event != NULL;
		 event = event->next) {
		if (!has_at(event, "event_name") || !has_at(event, "payload"))
			return stripemock_work_refuse(work, "parameter_missing", "events",
				"Each event must have an event_name and a payload.");
		work->params = event;
		work->now_s = work->wall_s;
		rc = stripemock_meter_event_v2_create(work, operation);
	}
	work->result = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	work->params = work->result;
	return rc;
}
