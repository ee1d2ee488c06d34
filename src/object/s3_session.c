/* SPDX-License-Identifier: Apache-2.0 */
/* s3_session.c: a tenant's credentials, had from STS with a policy for its prefix and kept while they last. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "object/s3.h"
#include "object/s3_xml.h"

#define SESSIONS_MOST 2048u /* of tenants, in memory: at most 9 KiB each */
#define POLICY_BYTES_MOST 2048u
#define MARGIN_S 300

/* A tenant's place in the cache. It stays while somebody uses it. */
struct s3_session_entry {
	struct s3_session_entry *next; /* in its chain */
	struct bh_uuid tenant;         /* zero: the session that lists names */
	struct s3_session session;     /* until_ms 0: there is none */
	unsigned users;                /* threads that ask or wait */
	bool asking;                   /* one of them is asking STS */
	uint64_t failures;             /* attempts that failed */
	int64_t used_ms;
};

void
s3_session_close(struct s3_session *session)
{
	bh_wipe(session, sizeof(*session));
}

void
s3_sessions_init(struct s3_sessions *sessions)
{
	pthread_mutex_init(&sessions->lock, NULL);
	bh_clock_cond_init(&sessions->changed);
}

static void
entry_free(struct s3_session_entry *entry)
{
	s3_session_close(&entry->session);
	free(entry);
}

void
s3_sessions_close(struct s3_sessions *sessions)
{
	for (size_t i = 0; i < BH_COUNT(sessions->chains); i++) {
		while (sessions->chains[i] != NULL) {
			struct s3_session_entry *entry = sessions->chains[i];

			sessions->chains[i] = entry->next;
			entry_free(entry);
		}
	}
	pthread_cond_destroy(&sessions->changed);
	pthread_mutex_destroy(&sessions->lock);
}

/* ---- the policy, and what comes back ---- */

void
s3_session_policy(const struct s3_store *store, const struct bh_uuid *tenant, struct bh_buf *out)
{
	char hex[BH_UUID_HEX] = "";

	bh_buf_text(out, "{\"Version\":\"2012-10-17\",\"Statement\":[");
	if (tenant == NULL) {
		/* Names only: of tenants, and of uploads that nobody finished. */
		bh_buf_printf(out,
			"{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\"],\"Resource\":"
			"[\"arn:%s:s3:::%s\"],\"Condition\":{\"StringEquals\":{\"s3:prefix\":[\"\"]}}},"
			"{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucketMultipartUploads\"],\"Resource\":"
			"[\"arn:%s:s3:::%s\"]}]}",
			store->partition, store->bucket, store->partition, store->bucket);
		return;
	}
	bh_uuid_hex(tenant, hex);
	bh_buf_printf(out,
		"{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\",\"s3:DeleteObject\","
		"\"s3:AbortMultipartUpload\",\"s3:ListMultipartUploadParts\"],\"Resource\":"
		"[\"arn:%s:s3:::%s/%s/*\"]},",
		store->partition, store->bucket, hex);
	bh_buf_printf(out,
		"{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\"],\"Resource\":[\"arn:%s:s3:::%s\"],"
		"\"Condition\":{\"StringLike\":{\"s3:prefix\":[\"%s/*\"]}}}]}",
		store->partition, store->bucket, hex);
	BH_ASSERT(out->len <= POLICY_BYTES_MOST);
}

static int
keep(const char *value, char *out, size_t size)
{
	size_t len = strlen(value);

	if (len == 0 || len >= size)
		return bh_error(BH_E_PROTOCOL, "STS answered with a malformed credential");
	for (size_t i = 0; i < len; i++)
		if (value[i] <= ' ' || value[i] > '~')
			return bh_error(BH_E_PROTOCOL, "STS answered with a malformed credential");
	memcpy(out, value, len + 1);
	return 0;
}

int
s3_session_parse(const char *text, size_t len, int64_t now_ms, struct s3_session *out,
	int64_t *out_life_s)
{
	BH_AUTO(s3_xml_close) struct s3_xml xml = {.text = text, .len = len};
	struct s3_session session = {0};
	struct s3_xml_end end;
	int64_t until_ms = 0;
	int rc;

	while ((rc = s3_xml_next(&xml, &end)) > 0) {
		if (strcmp(end.parent, "Credentials") != 0)
			continue;
		if (strcmp(end.name, "AccessKeyId") == 0)
			rc = keep(end.value, session.id, sizeof(session.id));
		else if (strcmp(end.name, "SecretAccessKey") == 0)
			rc = keep(end.value, session.secret, sizeof(session.secret));
		else if (strcmp(end.name, "SessionToken") == 0)
			rc = keep(end.value, session.token, sizeof(session.token));
		else if (strcmp(end.name, "Expiration") == 0)
			until_ms = s3_time_iso(end.value);
		if (rc < 0)
			break;
	}
	/* Without a token they would be somebody's own key, which no policy binds. */
	if (rc == 0 && (session.id[0] == '\0' || session.secret[0] == '\0' || session.token[0] == '\0'))
		rc = bh_error(BH_E_PROTOCOL, "STS answered without the credentials of a session");
	if (rc == 0) {
		*out = session;
		*out_life_s = until_ms > 0 && now_ms > 0 ? (until_ms - now_ms) / 1000 : 0;
	}
	s3_session_close(&session);
	return rc;
}

static void
write_form(const struct s3_store *store, const struct bh_uuid *tenant, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf policy = {0};
	char name[BH_UUID_HEX] = "names", seconds[24];
	struct s3_pair form[] = {
		{"Action", "AssumeRole"}, {"Version", "2011-06-15"}, {"RoleArn", store->role},
		{"RoleSessionName", name}, {"DurationSeconds", seconds},
		{"Policy", NULL}, /* never without: that would be the whole role */
	};

	if (tenant != NULL)
		bh_uuid_hex(tenant, name);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)store->session_s);
	s3_session_policy(store, tenant, &policy);
	form[BH_COUNT(form) - 1].value = bh_buf_string(&policy);
	s3_query(out, form, BH_COUNT(form));
}

/* Asks STS. How long a session lasts is told by the store's own clock, not by ours. */
static int
assume(struct s3_store *store, const struct bh_uuid *tenant, struct s3_session *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf form = {0}, body = {0};
	int64_t asked_ms = bh_clock_steady_ms();
	int64_t now_ms = 0, life_s = 0;
	int rc;

	write_form(store, tenant, &form);
	rc = s3_call_sts(store, &form, &body, &now_ms);
	if (rc == 0) {
		rc = s3_session_parse(body.data, body.len, now_ms, out, &life_s);
		bh_wipe(body.data, body.len);
	}
	if (rc == BH_E_PROTOCOL)
		rc = bh_error(BH_E_UNAVAILABLE, "object store: AssumeRole: %s", bh_error_detail(rc));
	if (rc < 0)
		return rc;
	if (life_s <= 0 || life_s > store->session_s)
		life_s = store->session_s;
	out->until_ms = asked_ms + life_s * 1000;
	return 0;
}

/* ---- the cache ---- */

/* Room for one more: the one that was not used for longest goes. With the lock. */
static void
make_room(struct s3_sessions *sessions)
{
	struct s3_session_entry **oldest = NULL;
	struct s3_session_entry *entry;

	if (sessions->n < SESSIONS_MOST)
		return;
	for (size_t i = 0; i < BH_COUNT(sessions->chains); i++)
		for (struct s3_session_entry **at = &sessions->chains[i]; *at != NULL; at = &(*at)->next)
			if ((*at)->users == 0 && (oldest == NULL || (*at)->used_ms < (*oldest)->used_ms))
				oldest = at;
	if (oldest == NULL)
		return;
	entry = *oldest;
	*oldest = entry->next;
	entry_free(entry);
	sessions->n--;
}

/* The tenant's entry, made if there is none, with one more user. With the lock. */
static struct s3_session_entry *
entry_take(struct s3_sessions *sessions, const struct bh_uuid *tenant)
{
	struct s3_session_entry **chain = &sessions->chains[tenant->bytes[0]];
	struct s3_session_entry *entry = *chain;

	while (entry != NULL && !bh_uuid_equal(&entry->tenant, tenant))
		entry = entry->next;
	if (entry == NULL) {
		make_room(sessions);
		entry = calloc(1, sizeof(*entry));
		BH_ASSERT(entry != NULL);
		entry->tenant = *tenant;
		entry->next = *chain;
		*chain = entry;
		sessions->n++;
	}
	entry->users++;
	entry->used_ms = bh_clock_steady_ms();
	return entry;
}

/* Good for long enough. A short session is used for four fifths of its time. */
static bool
is_good(const struct s3_store *store, const struct s3_session_entry *entry, int64_t least_s)
{
	int64_t margin_s = store->session_s / 5 < MARGIN_S ? store->session_s / 5 : MARGIN_S;
	int64_t left_ms = entry->session.until_ms - bh_clock_steady_ms();

	return entry->session.until_ms > 0 &&
		left_ms > 1000 * (least_s > margin_s ? least_s : margin_s);
}

/* Asks for the entry's session, without the lock meanwhile. */
static int
renew(struct s3_store *store, const struct bh_uuid *tenant, struct s3_session_entry *entry)
{
	struct s3_session session = {0};
	int rc;

	entry->asking = true;
	pthread_mutex_unlock(&store->sessions.lock);
	rc = assume(store, tenant, &session);
	pthread_mutex_lock(&store->sessions.lock);
	entry->asking = false;
	if (rc == 0)
		entry->session = session;
	else
		entry->failures++;
	s3_session_close(&session);
	pthread_cond_broadcast(&store->sessions.changed);
	return rc;
}

int
s3_session_get(struct s3_store *store, const struct bh_uuid *tenant, int64_t least_s,
	struct s3_session *out)
{
	static const struct bh_uuid names;
	struct s3_sessions *sessions = &store->sessions;
	struct s3_session_entry *entry;
	uint64_t failures;
	int rc = 0;

	pthread_mutex_lock(&sessions->lock);
	entry = entry_take(sessions, tenant != NULL ? tenant : &names);
	failures = entry->failures;
	while (rc == 0 && entry->asking) {
		pthread_cond_wait(&sessions->changed, &sessions->lock);
		if (entry->failures != failures)
			rc = bh_error(BH_E_UNAVAILABLE, "object store: AssumeRole failed a moment ago");
	}
	if (rc == 0 && !is_good(store, entry, least_s))
		rc = renew(store, tenant, entry);
	if (rc == 0)
		*out = entry->session;
	entry->users--;
	pthread_mutex_unlock(&sessions->lock);
	return rc;
}

void
s3_session_drop(struct s3_store *store, const struct bh_uuid *tenant,
	const struct s3_session *session)
{
	static const struct bh_uuid names;
	struct s3_session_entry *entry;

	pthread_mutex_lock(&store->sessions.lock);
	entry = entry_take(&store->sessions, tenant != NULL ? tenant : &names);
	if (strcmp(entry->session.id, session->id) == 0)
		entry->session.until_ms = 0;
	entry->users--;
	pthread_mutex_unlock(&store->sessions.lock);
}
