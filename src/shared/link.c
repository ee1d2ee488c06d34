/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: hiredis behind one function: a few idle connections, EVALSHA, and who may try after a failure. */
#include "shared/link.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "shared/lease_text.h"
#include "shared/link_text.h"

enum {
	IDLE_MOST = 16,
	SHA_BYTES = 41,
	RUN_BYTES = 64,
	RETRY_LEAST_MS = 100,
	RETRY_MOST_MS = 2000,
	PORT = 6379
};

/* A value that stays for as long as the server forgets nothing; who finds none puts one there. */
#define MARK "{}:mark"

static const char *const texts[BH_LINK_SCRIPTS] = {
	[BH_LINK_TAKE] = BH_LINK_KNOWN_TEXT BH_LINK_TAKE_TEXT,
	[BH_LINK_HOLD] = BH_LINK_KNOWN_TEXT BH_LINK_HOLD_TEXT,
	[BH_LINK_GIVE] = BH_LINK_KNOWN_TEXT BH_LINK_GIVE_TEXT,
	[BH_LINK_LEASE] = BH_LINK_KNOWN_TEXT BH_LINK_LEASE_TEXT,
};

static const int n_arguments[BH_LINK_SCRIPTS] = {
	[BH_LINK_TAKE] = 4,
	[BH_LINK_HOLD] = 4,
	[BH_LINK_GIVE] = 1,
	[BH_LINK_LEASE] = BH_LINK_ARGUMENTS,
};

static const size_t n_numbers[BH_LINK_SCRIPTS] = {
	[BH_LINK_TAKE] = 2,
	[BH_LINK_HOLD] = 2,
	[BH_LINK_GIVE] = 2,
	[BH_LINK_LEASE] = BH_LINK_NUMBERS,
};

struct address {
	char *text;       /* owned: what the others point into */
	const char *path; /* of a Unix socket; NULL: host and port */
	const char *host, *user, *password;
	char *own; /* owned: the password of a file, in place of one in the text */
	int64_t port, number;
};

struct bh_link {
	struct address address;
	struct timeval timeout;
	pthread_mutex_t lock;
	redisContext *idle[IDLE_MOST]; /* owned; guarded */
	size_t n_idle;
	char sha[BH_LINK_SCRIPTS][SHA_BYTES]; /* guarded; "": not loaded yet */
	char run[RUN_BYTES];                  /* of the server, as it was last; guarded */
	char mark[BH_UUID_TEXT];   /* what lies at MARK, as it was last; guarded; "": not looked yet */
	bool trying;               /* somebody looks whether it is back; guarded */
	int64_t retry_ms, wait_ms; /* steady clock, and the pause that led to it; guarded */
	_Atomic int64_t away_us, back_us;
	_Atomic uint64_t asked, failed, skipped;
};

/* ---- the address ---- */

/* Cuts the text at the last `c` before its end; what follows, or NULL. */
static char *
cut_last(char *text, char c)
{
	char *at = strrchr(text, c);

	if (at != NULL)
		*at++ = '\0';
	return at;
}

/* The address is a secret: nothing of it is repeated. */
static int
parse(const char *url, struct address *out)
{
	static const char scheme[] = "redis://",
					  refused[] = "limits.shared must be "
								  "redis://[[USER]:PASSWORD@]HOST[:PORT]"
								  "[/NUMBER] or unix:/PATH";
	char *text, *end, *who;

	*out = (struct address){.port = PORT};
	if (bh_text_starts(url, "unix:/")) {
		out->text = strdup(url + 5);
		out->path = out->text;
		return out->text == NULL ? BH_E_MEMORY : 0;
	}
	if (!bh_text_starts(url, scheme))
		return bh_error(BH_E_CONFIG, "%s", refused);
	text = out->text = strdup(url + strlen(scheme));
	if (text == NULL)
		return BH_E_MEMORY;
	out->host = text;
	who = strrchr(text, '@') != NULL ? text : NULL;
	if (who != NULL)
		out->host = cut_last(text, '@');
	end = strchr(out->host, '/');
	if (end != NULL) {
		*end++ = '\0';
		if (*end != '\0' && bh_text_int(end, 0, 65535, &out->number) < 0)
			return bh_error(BH_E_CONFIG, "%s", refused);
	}
	/* A literal IPv6 address stands in brackets. */
	text = (char *)(uintptr_t)out->host;
	if (*text == '[') {
		out->host = text + 1;
		end = strchr(text, ']');
		if (end == NULL)
			return bh_error(BH_E_CONFIG, "%s", refused);
		*end++ = '\0';
		end = *end == ':' ? end + 1 : NULL;
	} else {
		end = cut_last(text, ':');
	}
	if ((end != NULL && bh_text_int(end, 1, 65535, &out->port) < 0) || out->host[0] == '\0')
		return bh_error(BH_E_CONFIG, "%s", refused);
	if (who != NULL) {
		end = strchr(who, ':');
		if (end == NULL)
			return bh_error(BH_E_CONFIG, "%s", refused);
		*end++ = '\0';
		out->user = who[0] != '\0' ? who : NULL;
		out->password = end;
	}
	return 0;
}

static void
address_close(struct address *address)
{
	if (address->text != NULL)
		explicit_bzero(address->text, address->password != NULL ? strlen(address->text) : 0);
	free(address->text);
	if (address->own != NULL)
		explicit_bzero(address->own, strlen(address->own));
	free(address->own);
}

int
bh_link_check(const char *url, bool has_password)
{
	struct address address;
	int rc = parse(url, &address);

	if (rc == 0 && has_password && address.password != NULL)
		rc = bh_error(BH_E_CONFIG,
			"limits.shared names a password, and limits.shared_password_file another one");
	address_close(&address);
	return rc;
}

static int
set_password(struct address *address, const char *password)
{
	if (password == NULL)
		return 0;
	address->own = strdup(password);
	address->password = address->own;
	return address->own == NULL ? BH_E_MEMORY : 0;
}

/* ---- opening ---- */

int
bh_link_open(const char *url, const char *password, int64_t timeout_ms, struct bh_link **out)
{
	struct bh_link *link;
	int rc = bh_link_check(url, password != NULL);

	if (rc < 0)
		return rc;
	link = calloc(1, sizeof(*link));

	if (link == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&link->lock, NULL);
	link->timeout.tv_sec = timeout_ms / 1000;
	link->timeout.tv_usec = timeout_ms % 1000 * 1000;
	rc = parse(url, &link->address);
	if (rc == 0)
		rc = set_password(&link->address, password);
	if (rc < 0) {
		bh_link_close(link);
		return rc;
	}
	*out = link;
	return 0;
}

/* Under the lock, or when nobody else is there. */
static void
drop_idle(struct bh_link *link)
{
	while (link->n_idle > 0)
		redisFree(link->idle[--link->n_idle]);
}

void
bh_link_close(struct bh_link *link)
{
	if (link == NULL)
		return;
	drop_idle(link);
	address_close(&link->address);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

/* ---- one connection ---- */

/* A reply that is no error; NULL when there is none. */
static redisReply *
command(redisContext *conn, int argc, const char **argv)
{
	redisReply *reply = redisCommandArgv(conn, argc, argv, NULL);

	if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
		freeReplyObject(reply);
		return NULL;
	}
	return reply;
}

static bool
done(redisReply *reply)
{
	if (reply == NULL)
		return false;
	freeReplyObject(reply);
	return true;
}

/* Says who we are. What the server answers may name the user: it is not repeated. */
static bool
introduce(const struct bh_link *link, redisContext *conn)
{
	const struct address *address = &link->address;
	const char *auth[] = {"AUTH", address->user, address->password};
	const char *auth_plain[] = {"AUTH", address->password};
	char number[24];
	const char *select[] = {"SELECT", number};

	snprintf(number, sizeof(number), "%lld", (long long)address->number);
	if (address->password != NULL &&
		!done(address->user != NULL ? command(conn, 3, auth) : command(conn, 2, auth_plain)))
		return false;
	return address->number == 0 || done(command(conn, 2, select));
}

/* Another run of the server than the last one has forgotten all, whoever noticed first that it was away. A server that
 * does not tell is taken for the same. */
static bool
know_run(struct bh_link *link, redisContext *conn)
{
	static const char mark[] = "run_id:";
	const char *argv[] = {"INFO", "server"};
	redisReply *reply = redisCommandArgv(conn, BH_COUNT(argv), argv, NULL);
	const char *at = reply != NULL && reply->str != NULL ? strstr(reply->str, mark) : NULL;
	char run[RUN_BYTES] = "";

	if (at != NULL)
		snprintf(run, sizeof(run), "%.*s", (int)strcspn(at + strlen(mark), "\r\n"),
			at + strlen(mark));
	pthread_mutex_lock(&link->lock);
	if (run[0] != '\0' && link->run[0] != '\0' && strcmp(run, link->run) != 0)
		atomic_store(&link->back_us, bh_clock_steady_us());
	if (run[0] != '\0')
		memcpy(link->run, run, sizeof(run));
	pthread_mutex_unlock(&link->lock);
	if (reply != NULL)
		freeReplyObject(reply);
	return conn->err == 0;
}

static redisContext *
connect_new(struct bh_link *link)
{
	const struct address *address = &link->address;
	redisContext *conn = address->path != NULL
		? redisConnectUnixWithTimeout(address->path, link->timeout)
		: redisConnectWithTimeout(address->host, (int)address->port, link->timeout);

	if (conn == NULL)
		return NULL;
	if (conn->err == 0 && redisSetTimeout(conn, link->timeout) == REDIS_OK &&
		introduce(link, conn) && know_run(link, conn))
		return conn;
	redisFree(conn);
	return NULL;
}

/* The mark that lies there now; another than the last one means that all was forgotten since. */
static bool
know_mark(struct bh_link *link, redisContext *conn)
{
	struct bh_uuid fresh = bh_uuid_new();
	char mark[BH_UUID_TEXT];
	const char *set[] = {"SET", MARK, mark, "NX"}, *get[] = {"GET", MARK};
	redisReply *reply;
	bool is_good;

	bh_uuid_format(&fresh, mark);
	if (!done(command(conn, BH_COUNT(set), set)))
		return false;
	reply = command(conn, BH_COUNT(get), get);
	is_good = reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == sizeof(mark) - 1;
	if (is_good) {
		pthread_mutex_lock(&link->lock);
		if (link->mark[0] != '\0' && strcmp(link->mark, reply->str) != 0)
			atomic_store(&link->back_us, bh_clock_steady_us());
		memcpy(link->mark, reply->str, sizeof(mark));
		pthread_mutex_unlock(&link->lock);
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return is_good;
}

/* As many integers as the script returns. */
static bool
numbers(const redisReply *reply, size_t n, int64_t *out)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (reply->element[i]->type != REDIS_REPLY_INTEGER)
			return false;
		out[i] = reply->element[i]->integer;
	}
	return true;
}

static bool
load(struct bh_link *link, redisContext *conn, enum bh_link_script script)
{
	const char *argv[] = {"SCRIPT", "LOAD", texts[script]};
	redisReply *reply = command(conn, 3, argv);
	bool is_good = reply != NULL && reply->type == REDIS_REPLY_STRING &&
		reply->len == SHA_BYTES - 1;

	if (is_good) {
		pthread_mutex_lock(&link->lock);
		memcpy(link->sha[script], reply->str, SHA_BYTES);
		pthread_mutex_unlock(&link->lock);
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return is_good;
}

/* By which the server knows the script, and we know the server. */
struct known {
	char sha[SHA_BYTES], mark[BH_UUID_TEXT];
};

static bool
append(redisContext *conn, const struct known *known, const struct bh_link_call *call)
{
	const char *argv[6 + BH_LINK_ARGUMENTS] = {"EVALSHA", known->sha, "2", call->key, MARK};
	int n = n_arguments[call->script];

	memcpy(argv + 5, call->arguments, (size_t)n * sizeof(*argv));
	argv[5 + n] = known->mark;
	return redisAppendCommandArgv(conn, 6 + n, argv, NULL) == REDIS_OK;
}

/* The next answer. *out_unknown: the server has forgotten the script, or all, and nothing was done. */
static bool
read_answer(redisContext *conn, const struct bh_link_call *call, bool *out_unknown)
{
	void *answer = NULL;
	redisReply *reply;
	bool is_good;

	if (redisGetReply(conn, &answer) != REDIS_OK || answer == NULL)
		return false;
	reply = answer;
	*out_unknown = reply->type == REDIS_REPLY_ERROR &&
		(bh_text_starts(reply->str, "NOSCRIPT") || bh_text_starts(reply->str, BH_LINK_FORGOTTEN));
	is_good = *out_unknown || numbers(reply, n_numbers[call->script], call->out);
	freeReplyObject(reply);
	return is_good;
}

/* One call after the other without waiting in between. *out_done: how many, from the first on, the server knew. */
static bool
run_known(redisContext *conn, const struct known *known, struct bh_link_call *calls, size_t n,
	size_t *out_done)
{
	bool is_unknown = false, any_unknown = false;

	*out_done = 0;
	for (size_t i = 0; i < n; i++) {
		if (!append(conn, known, &calls[i]))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!read_answer(conn, &calls[i], &is_unknown))
			return false;
		any_unknown = any_unknown || is_unknown;
		*out_done += !any_unknown;
	}
	return true;
}

static void
recall(struct bh_link *link, enum bh_link_script script, struct known *out)
{
	pthread_mutex_lock(&link->lock);
	memcpy(out->sha, link->sha[script], SHA_BYTES);
	memcpy(out->mark, link->mark, sizeof(out->mark));
	pthread_mutex_unlock(&link->lock);
}

/* Hands the script over, and looks whether all was forgotten. */
static bool
prepare(struct bh_link *link, redisContext *conn, enum bh_link_script script, struct known *out)
{
	if (!load(link, conn, script) || !know_mark(link, conn))
		return false;
	recall(link, script, out);
	return true;
}

/* False: the connection is of no use any more. A server that was restarted, or whose scripts or keys were flushed, is
 * handed the script again. */
static bool
run(struct bh_link *link, redisContext *conn, struct bh_link_call *calls, size_t n)
{
	enum bh_link_script script = calls[0].script;
	struct known known;
	size_t n_done;

	recall(link, script, &known);
	if ((known.sha[0] == '\0' || known.mark[0] == '\0') && !prepare(link, conn, script, &known))
		return false;
	if (!run_known(conn, &known, calls, n, &n_done))
		return false;
	if (n_done == n)
		return true;
	atomic_store(&link->back_us, bh_clock_steady_us());
	return prepare(link, conn, script, &known) &&
		run_known(conn, &known, calls + n_done, n - n_done, &n_done) && n_done > 0;
}

/* The server had closed it before it was used: that says nothing of the server as it is now. */
static bool
is_stale(const redisContext *conn)
{
	return conn->err == REDIS_ERR_EOF ||
		(conn->err == REDIS_ERR_IO && (errno == EPIPE || errno == ECONNRESET));
}

/* ---- the breaker ---- */

/* Whether to ask now. While it is away one call at a time does, after a pause. */
static bool
may_ask(struct bh_link *link, redisContext **out_idle)
{
	bool may = true;

	pthread_mutex_lock(&link->lock);
	if (atomic_load(&link->away_us) != 0) {
		may = !link->trying && bh_clock_steady_ms() >= link->retry_ms;
		link->trying = link->trying || may;
	}
	*out_idle = may && link->n_idle > 0 ? link->idle[--link->n_idle] : NULL;
	pthread_mutex_unlock(&link->lock);
	return may;
}

static void
came_back(struct bh_link *link, redisContext *conn)
{
	bool was_away;

	pthread_mutex_lock(&link->lock);
	was_away = atomic_load(&link->away_us) != 0;
	/* Before anybody sees that it is there. */
	if (was_away)
		atomic_store(&link->back_us, bh_clock_steady_us());
	atomic_store(&link->away_us, 0);
	link->trying = false;
	link->wait_ms = 0;
	if (link->n_idle < IDLE_MOST) {
		link->idle[link->n_idle++] = conn;
		conn = NULL;
	}
	pthread_mutex_unlock(&link->lock);
	if (conn != NULL)
		redisFree(conn);
	if (was_away)
		bh_log(BH_LOG_INFO, "the shared limits are there again");
}

static void
went_away(struct bh_link *link)
{
	int64_t none = 0;
	bool is_new;

	pthread_mutex_lock(&link->lock);
	drop_idle(link);
	link->trying = false;
	link->wait_ms = link->wait_ms == 0  ? RETRY_LEAST_MS
		: link->wait_ms < RETRY_MOST_MS ? 2 * link->wait_ms
										: RETRY_MOST_MS;
	link->retry_ms = bh_clock_steady_ms() + link->wait_ms;
	is_new = atomic_compare_exchange_strong(&link->away_us, &none, bh_clock_steady_us());
	pthread_mutex_unlock(&link->lock);
	atomic_fetch_add(&link->failed, 1);
	if (is_new)
		bh_log(BH_LOG_WARN, "the shared limits are away: each process decides by its own share");
}

int
bh_link_run(struct bh_link *link, enum bh_link_script script, const char *key,
	const char *const *arguments, int64_t *out)
{
	return bh_link_run_all(link,
		&(struct bh_link_call){.script = script, .key = key, .arguments = arguments, .out = out},
		1);
}

int
bh_link_run_all(struct bh_link *link, struct bh_link_call *calls, size_t n)
{
	redisContext *conn;
	bool was_idle, is_done = false;

	if (!may_ask(link, &conn)) {
		atomic_fetch_add(&link->skipped, 1);
		return bh_error(BH_E_UNAVAILABLE, "the shared limits are away");
	}
	atomic_fetch_add(&link->asked, 1);
	was_idle = conn != NULL;
	if (was_idle)
		is_done = run(link, conn, calls, n);
	if (was_idle && !is_done && is_stale(conn)) {
		redisFree(conn);
		conn = NULL;
	}
	if (conn == NULL) {
		conn = connect_new(link);
		is_done = conn != NULL && run(link, conn, calls, n);
	}
	if (is_done) {
		came_back(link, conn);
		return 0;
	}
	if (conn != NULL)
		redisFree(conn);
	went_away(link);
	return bh_error(BH_E_UNAVAILABLE, "the shared limits are away");
}

int64_t
bh_link_away_us(const struct bh_link *link)
{
	return atomic_load(&link->away_us);
}

int64_t
bh_link_back_us(const struct bh_link *link)
{
	return atomic_load(&link->back_us);
}

struct bh_link_counts
bh_link_counts(const struct bh_link *link)
{
	return (struct bh_link_counts){
		.asked = atomic_load(&link->asked),
		.failed = atomic_load(&link->failed),
		.skipped = atomic_load(&link->skipped),
	};
}
