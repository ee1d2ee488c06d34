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

enum { IDLE_MOST = 16, SHA_BYTES = 41, RETRY_LEAST_MS = 100, RETRY_MOST_MS = 2000, PORT = 6379 };

/* Numbers are written with %.0f: the default of Lua's conversion would round microseconds of this century. The
 * clock is the server's, so that no two processes disagree. */
static const char *const texts[BH_LINK_SCRIPTS] = {
	[BH_LINK_TAKE] =
		"local t = redis.call('TIME')\n"
		"local now = t[1] * 1000000 + t[2]\n"
		"local cost, burst = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
		"local before = tonumber(redis.call('GET', KEYS[1]) or '0')\n"
		"local full = math.max(before, now + tonumber(ARGV[3]))\n"
		"local wait = full + cost - now - burst\n"
		"if ARGV[4] == '1' or wait <= 0 then full = full + cost; wait = 0 end\n"
		"if full > now then\n"
		"  if full ~= before then\n"
		"    redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) "
		"/ 1000))\n"
		"  end\n"
		"else\n"
		"  redis.call('DEL', KEYS[1])\n"
		"end\n"
		"return {wait, math.max(0, burst - math.max(0, full - now))}\n",
	[BH_LINK_HOLD] = "local t = redis.call('TIME')\n"
					 "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
					 "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)\n"
					 "local n = redis.call('ZCARD', KEYS[1])\n"
					 "if ARGV[4] ~= '1' and n >= tonumber(ARGV[1]) and not redis.call('ZSCORE', "
					 "KEYS[1], ARGV[2]) then\n"
					 "  return {0, n}\n"
					 "end\n"
					 "redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[2])\n"
					 "redis.call('PEXPIRE', KEYS[1], ARGV[3])\n"
					 "return {1, redis.call('ZCARD', KEYS[1])}\n",
	[BH_LINK_GIVE] =
		"return {redis.call('ZREM', KEYS[1], ARGV[1]), redis.call('ZCARD', KEYS[1])}\n",
};

static const int n_arguments[BH_LINK_SCRIPTS] = {
	[BH_LINK_TAKE] = 4,
	[BH_LINK_HOLD] = 4,
	[BH_LINK_GIVE] = 1,
};

struct address {
	char *text;       /* owned: what the others point into */
	const char *path; /* of a Unix socket; NULL: host and port */
	const char *host, *user, *password;
	int64_t port, number;
};

struct bh_link {
	struct address address;
	struct timeval timeout;
	pthread_mutex_t lock;
	redisContext *idle[IDLE_MOST]; /* owned; guarded */
	size_t n_idle;
	char sha[BH_LINK_SCRIPTS][SHA_BYTES]; /* guarded; "": not loaded yet */
	bool trying;                          /* somebody looks whether it is back; guarded */
	int64_t retry_ms, wait_ms;            /* steady clock, and the pause that led to it; guarded */
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
}

/* ---- opening ---- */

int
bh_link_open(const char *url, int64_t timeout_ms, struct bh_link **out)
{
	struct bh_link *link = calloc(1, sizeof(*link));
	int rc;

	if (link == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&link->lock, NULL);
	link->timeout.tv_sec = timeout_ms / 1000;
	link->timeout.tv_usec = timeout_ms % 1000 * 1000;
	rc = parse(url, &link->address);
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

static redisContext *
connect_new(const struct bh_link *link)
{
	const struct address *address = &link->address;
	redisContext *conn = address->path != NULL
		? redisConnectUnixWithTimeout(address->path, link->timeout)
		: redisConnectWithTimeout(address->host, (int)address->port, link->timeout);

	if (conn == NULL)
		return NULL;
	if (conn->err == 0 && redisSetTimeout(conn, link->timeout) == REDIS_OK && introduce(link, conn))
		return conn;
	redisFree(conn);
	return NULL;
}

/* Two integers. */
static bool
numbers(const redisReply *reply, int64_t out[BH_LINK_NUMBERS])
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != BH_LINK_NUMBERS)
		return false;
	for (size_t i = 0; i < BH_LINK_NUMBERS; i++) {
		if (reply->element[i]->type != REDIS_REPLY_INTEGER)
			return false;
		out[i] = reply->element[i]->integer;
	}
	return true;
}

static bool
load(struct bh_link *link, redisContext *conn, enum bh_link_script script, char sha[SHA_BYTES])
{
	const char *argv[] = {"SCRIPT", "LOAD", texts[script]};
	redisReply *reply = command(conn, 3, argv);
	bool is_good = reply != NULL && reply->type == REDIS_REPLY_STRING &&
		reply->len == SHA_BYTES - 1;

	if (is_good) {
		memcpy(sha, reply->str, SHA_BYTES);
		pthread_mutex_lock(&link->lock);
		memcpy(link->sha[script], sha, SHA_BYTES);
		pthread_mutex_unlock(&link->lock);
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return is_good;
}

/* False: the connection is of no use any more. A server that was restarted, or whose scripts were flushed, is
 * handed the script again. */
static bool
run(struct bh_link *link, redisContext *conn, enum bh_link_script script, const char *key,
	const char *const arguments[BH_LINK_ARGUMENTS], int64_t out[BH_LINK_NUMBERS])
{
	char sha[SHA_BYTES];
	const char *argv[4 + BH_LINK_ARGUMENTS] = {"EVALSHA", sha, "1", key};
	int argc = 4 + n_arguments[script];
	redisReply *reply;
	bool is_good, is_unknown;

	memcpy(argv + 4, arguments, (size_t)n_arguments[script] * sizeof(*argv));
	pthread_mutex_lock(&link->lock);
	memcpy(sha, link->sha[script], SHA_BYTES);
	pthread_mutex_unlock(&link->lock);
	if (sha[0] == '\0' && !load(link, conn, script, sha))
		return false;
	reply = redisCommandArgv(conn, argc, argv, NULL);
	is_unknown = reply != NULL && reply->type == REDIS_REPLY_ERROR &&
		bh_text_starts(reply->str, "NOSCRIPT");
	if (is_unknown) {
		freeReplyObject(reply);
		atomic_store(&link->back_us, bh_clock_steady_us());
		if (!load(link, conn, script, sha))
			return false;
		reply = redisCommandArgv(conn, argc, argv, NULL);
	}
	if (reply == NULL)
		return false;
	is_good = numbers(reply, out);
	freeReplyObject(reply);
	return is_good;
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
	const char *const arguments[BH_LINK_ARGUMENTS], int64_t out[BH_LINK_NUMBERS])
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
		is_done = run(link, conn, script, key, arguments, out);
	if (was_idle && !is_done && is_stale(conn)) {
		redisFree(conn);
		conn = NULL;
	}
	if (conn == NULL) {
		conn = connect_new(link);
		is_done = conn != NULL && run(link, conn, script, key, arguments, out);
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
