/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: starts and kills a server on a socket below a folder of its own. */
#include "shared/testing.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/macros.h"

enum { STARTS_MS = 20000, CLIENT_MS = 5000, STEP_MS = 10 };

static char program[256];

static bool
find_program(const char *name)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		int len = (int)strcspn(path, ":");

		snprintf(program, sizeof(program), "%.*s/%s", len, path, name);
		if (access(program, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

bool
bh_test_valkey_named(void)
{
	const char *named = getenv("BULKHEAD_TEST_VALKEY");

	if (named != NULL && named[0] != '\0') {
		snprintf(program, sizeof(program), "%s", named);
		return true;
	}
	if (find_program("valkey-server") || find_program("redis-server"))
		return true;
	fprintf(stderr, "skipped: neither valkey-server nor redis-server is installed\n");
	return false;
}

static bool
answers(const struct bh_test_valkey *valkey)
{
	redisContext *conn = redisConnectUnix(valkey->url + strlen("unix:"));
	redisReply *reply = conn != NULL && conn->err == 0 ? redisCommand(conn, "PING") : NULL;
	bool is_there = reply != NULL && reply->type == REDIS_REPLY_STATUS;

	if (reply != NULL)
		freeReplyObject(reply);
	if (conn != NULL)
		redisFree(conn);
	return is_there;
}

void
bh_test_valkey_start(struct bh_test_valkey *valkey)
{
	const char *path = valkey->url + strlen("unix:");
	int64_t until_ms = bh_clock_steady_ms() + STARTS_MS;

	(void)unlink(path);
	valkey->pid = fork();
	BH_ASSERT(valkey->pid >= 0);
	if (valkey->pid == 0) {
		int none = open("/dev/null", O_RDWR | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(none, 0);
		dup2(none, 1);
		execl(program, program, "--port", "0", "--unixsocket", path, "--save", "", "--appendonly",
			"no", "--dir", valkey->folder, (char *)NULL);
		_exit(127);
	}
	while (!answers(valkey)) {
		if (bh_clock_steady_ms() > until_ms || waitpid(valkey->pid, NULL, WNOHANG) != 0) {
			fprintf(stderr, "%s does not start\n", program);
			exit(1);
		}
		(void)poll(NULL, 0, STEP_MS);
	}
}

void
bh_test_valkey_open(struct bh_test_valkey *out)
{
	signal(SIGPIPE, SIG_IGN); /* as in a service */
	*out = (struct bh_test_valkey){.folder = "/tmp/bh-valkey-XXXXXX"};
	BH_ASSERT(mkdtemp(out->folder) != NULL);
	snprintf(out->url, sizeof(out->url), "unix:%s/sock", out->folder);
	bh_test_valkey_start(out);
}

void
bh_test_valkey_kill(struct bh_test_valkey *valkey)
{
	if (valkey->pid <= 0)
		return;
	kill(valkey->pid, SIGKILL);
	waitpid(valkey->pid, NULL, 0);
	valkey->pid = 0;
}

static void
tell(const struct bh_test_valkey *valkey, const char *command)
{
	redisContext *conn = redisConnectUnix(valkey->url + strlen("unix:"));
	redisReply *reply;

	BH_ASSERT(conn != NULL && conn->err == 0);
	reply = redisCommand(conn, command);
	BH_ASSERT(reply != NULL && reply->type == REDIS_REPLY_STATUS);
	freeReplyObject(reply);
	redisFree(conn);
}

void
bh_test_valkey_flush(const struct bh_test_valkey *valkey)
{
	tell(valkey, "FLUSHALL");
	tell(valkey, "SCRIPT FLUSH");
}

void
bh_test_valkey_empty(const struct bh_test_valkey *valkey)
{
	tell(valkey, "FLUSHALL");
}

void
bh_test_valkey_close(struct bh_test_valkey *valkey)
{
	bh_test_valkey_kill(valkey);
	(void)unlink(valkey->url + strlen("unix:"));
	(void)rmdir(valkey->folder);
}

struct bh_shared *
bh_test_valkey_client(const struct bh_test_valkey *valkey)
{
	const struct bh_shared_conf conf = {.url = valkey->url, .timeout_ms = CLIENT_MS};
	struct bh_shared *shared = NULL;

	BH_ASSERT(bh_shared_open(&conf, &shared) == 0 && shared != NULL);
	return shared;
}

void
bh_test_valkey_wait(struct bh_shared *shared)
{
	int64_t until_ms = bh_clock_steady_ms() + STARTS_MS, left_us;

	while (bh_shared_left(shared, "{}:wait", 1, &left_us) < 0) {
		BH_ASSERT(bh_clock_steady_ms() < until_ms);
		(void)poll(NULL, 0, STEP_MS);
	}
}
