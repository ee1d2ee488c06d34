/* SPDX-License-Identifier: Apache-2.0 */
/* logs.c: bulkhead logs and bulkhead audit tail. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/tail.h"

#define LINES_MAX 1000000
#define LINE_BYTES 1024 /* a long line, on an average */
#define BYTES_LEAST (1 << 20)
#define KEPT_LEAST 256u

/* One line that is kept until it is printed. */
struct kept {
	char *text;    /* owned */
	char key[40];  /* what lines are ordered by */
	char name[64]; /* its file */
	size_t order;  /* as read, so that equal keys stay in order */
};

struct show {
	const char *only;    /* the file's name; NULL: all */
	const char *tenant;  /* audit: id, or NULL */
	const char *request; /* audit: id, or NULL */
	bool names;          /* show the file before each line */
	bool follow;         /* print at once */
	void (*print)(const struct show *show, const char *name, const char *text);
	struct bh_buf kept; /* struct kept after struct kept */
	size_t n, order;
	size_t lines;  /* how many are wanted of those kept */
	char last[40]; /* key of the line before, for lines that tell no time */
	char of[64];   /* and its file */
};

static void
print_line(const struct show *show, const char *name, const char *text)
{
	if (show->names)
		printf("%-10s | ", name);
	cli_print_plain(text, strlen(text));
	putchar('\n');
}

static int
compare(const void *a, const void *b)
{
	const struct kept *x = a;
	const struct kept *y = b;
	int order = strcmp(x->key, y->key);

	return order != 0 ? order : x->order < y->order ? -1 : 1;
}

/* Lets go of all but the newest lines that are wanted. */
static void
drop_old(struct show *show)
{
	struct kept *kept = (void *)show->kept.data;
	size_t drop = show->n > show->lines ? show->n - show->lines : 0;

	if (show->n > 0)
		qsort(kept, show->n, sizeof(*kept), compare);
	for (size_t i = 0; i < drop; i++)
		free(kept[i].text);
	bh_buf_shift(&show->kept, drop * sizeof(*kept));
	show->n -= drop;
}

/* Services write beside each other in files of their own: the key orders their lines. */
static void
keep(struct show *show, const char *name, const char *key, const char *text)
{
	struct kept kept = {.text = strdup(text), .order = show->order++};

	if (kept.text == NULL)
		return;
	snprintf(kept.key, sizeof(kept.key), "%.39s", key);
	snprintf(kept.name, sizeof(kept.name), "%.63s", name);
	bh_buf_add(&show->kept, &kept, sizeof(kept));
	if (++show->n >= KEPT_LEAST && show->n >= 2 * show->lines)
		drop_old(show);
}

/* Prints at once while following; keeps until all are known before. */
static void
take(struct show *show, const char *name, const char *key, const char *text)
{
	if (show->follow)
		show->print(show, name, text);
	else
		keep(show, name, key, text);
}

static void
print_kept(struct show *show)
{
	struct kept *kept;

	drop_old(show);
	kept = (void *)show->kept.data;
	for (size_t i = 0; i < show->n; i++) {
		show->print(show, kept[i].name, kept[i].text);
		free(kept[i].text);
	}
	bh_buf_close(&show->kept);
}

/* Prints what is there, and with --follow what comes, until interrupted. A search goes through every
 * file that is kept; without one, as far back as the wanted lines can reach. */
static int
run(struct cli *cli, struct cli_tails *tails, struct show *show, const char *preset, bool search,
	cli_tail_line *line)
{
	static const struct timespec pause = {.tv_nsec = 300 * 1000 * 1000};
	int64_t lines;

	if (bh_text_int(cli->options.lines != NULL ? cli->options.lines : preset, 0, LINES_MAX,
			&lines) < 0)
		return cli_refuse(CLI_USAGE, "--lines must be an integer between 0 and %d", LINES_MAX);
	show->lines = (size_t)lines;
	tails->bytes_most = search ? INT64_MAX : BYTES_LEAST + lines * LINE_BYTES;
	cli_tails_read(tails, line, show);
	if (tails->n == 0 && !cli->options.follow)
		cli_say("there are no log files at %s yet", tails->folder);
	print_kept(show);
	show->follow = true;
	while (cli->options.follow && fflush(stdout) == 0) {
		nanosleep(&pause, NULL);
		cli_tails_read(tails, line, show);
	}
	cli_tails_close(tails);
	return CLI_OK;
}

/* ---- logs ---- */

/* The gateway's process has two: its own, and what nginx says before it has read its configuration. */
static bool
is_wanted(const struct show *show, const char *name)
{
	if (show->only == NULL || strcmp(show->only, name) == 0)
		return true;
	return strcmp(show->only, "gateway") == 0 && strcmp(name, "nginx") == 0;
}

/* The digits of a line's time, to the second: ours is JSON, PostgreSQL and nginx begin with theirs.
 * False when it tells none. */
static bool
time_of(const char *text, size_t len, char out[40])
{
	static const char ours[] = "{\"time\":\"";
	size_t at = len > strlen(ours) && strncmp(text, ours, strlen(ours)) == 0 ? strlen(ours) : 0;
	size_t n = 0;

	for (; at < len && n < 17 && strchr("0123456789-/:T .", text[at]) != NULL; at++) {
		if (text[at] >= '0' && text[at] <= '9')
			out[n++] = text[at];
	}
	out[n] = '\0';
	return n >= 14 && out[0] == '2';
}

/* The name in front of ".log"; false for other files. */
static bool
log_name(const struct dirent *entry, char out[64])
{
	size_t len = strlen(entry->d_name);

	if (!bh_text_ends(entry->d_name, ".log") || len >= 64)
		return false;
	snprintf(out, 64, "%.*s", (int)(len - strlen(".log")), entry->d_name);
	return true;
}

/* A mistyped name must not look like a quiet log. */
static int
check_name(const char *folder, const struct show *show)
{
	BH_AUTO(bh_buf_close) struct bh_buf names = {0};
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;
	char name[64];

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!log_name(entry, name))
			continue;
		found = found || is_wanted(show, name);
		bh_buf_printf(&names, " %s", name);
	}
	if (dir != NULL)
		closedir(dir);
	if (found)
		return CLI_OK;
	if (names.len == 0 || show->only == NULL)
		cli_say("there are no log files at %s yet", folder);
	else
		cli_say("log '%.64s' not found; available logs:%s", show->only, bh_buf_string(&names));
	return CLI_NOT_FOUND;
}

static void
take_log(void *ctx, const struct cli_tail *tail, const char *text, size_t len)
{
	struct show *show = ctx;
	char key[40];

	if (!is_wanted(show, tail->name))
		return;
	/* What follows a line without a time of its own, as an engine's, belongs to it. */
	if (strcmp(show->of, tail->name) != 0)
		show->last[0] = '\0';
	if (time_of(text, len, key))
		memcpy(show->last, key, sizeof(key));
	snprintf(show->of, sizeof(show->of), "%.63s", tail->name);
	take(show, tail->name, show->last, text);
}

int
cli_logs_show(struct cli *cli)
{
	struct cli_tails tails = {.folder = cli->instance.place.logs, .prefix = "", .suffix = ".log"};
	struct show show = {
		.only = cli->n_args > 0 ? cli->args[0] : NULL,
		.names = cli->n_args == 0,
		.print = print_line,
	};

	int status = check_name(tails.folder, &show);

	return status != CLI_OK ? status : run(cli, &tails, &show, "100", false, take_log);
}

/* ---- audit ---- */

static bool
is_equal(const struct bh_json *line, const char *member, const char *wanted)
{
	const char *value = bh_json_get_string(line, member);

	return value != NULL && strcmp(value, wanted) == 0;
}

static bool
passes(const struct show *show, const struct bh_json *line)
{
	if (show->tenant != NULL && !is_equal(line, "tenant_id", show->tenant) &&
		!is_equal(line, "target_tenant_id", show->tenant))
		return false;
	return show->request == NULL || is_equal(line, "request_id", show->request);
}

static void
print_raw(const struct show *show, const char *name, const char *text)
{
	(void)show;
	(void)name;
	puts(text);
}

static void
print_person(const struct show *show, const char *name, const char *text)
{
	static const char *const members[] = {
		"time",
		"tenant_id",
		"event",
		"method",
		"path",
		"status",
		"model",
		"request_id",
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	(void)show;
	(void)name;
	if (bh_json_parse(text, strlen(text), &doc) < 0)
		return;
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		BH_AUTO(bh_buf_close) struct bh_buf value = {0};
		const struct bh_json *member = bh_json_get(doc.root, members[i]);

		if (bh_json_kind(member) == BH_JSON_NONE || bh_json_kind(member) == BH_JSON_NULL)
			continue;
		if (bh_json_string(member) != NULL)
			bh_buf_text(&value, bh_json_string(member));
		else
			bh_json_append(&value, member);
		fputs(i > 0 ? "  " : "", stdout);
		cli_print_plain(bh_buf_string(&value), value.len);
	}
	putchar('\n');
}

static void
take_audit(void *ctx, const struct cli_tail *tail, const char *text, size_t len)
{
	struct show *show = ctx;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *time;

	/* Most lines are not the wanted ones: looked through before they are parsed. */
	if ((show->request != NULL &&
			memmem(text, len, show->request, strlen(show->request)) == NULL) ||
		(show->tenant != NULL && memmem(text, len, show->tenant, strlen(show->tenant)) == NULL))
		return;
	/* A line cut by a full disk is nobody's. */
	if (bh_json_parse(text, len, &doc) < 0 || !passes(show, doc.root))
		return;
	time = bh_json_get_string(doc.root, "time");
	take(show, tail->name, time != NULL ? time : "", text);
}

int
cli_logs_audit(struct cli *cli)
{
	struct cli_tails tails = {
		.folder = cli->instance.place.logs,
		.prefix = "audit-",
		.suffix = ".jsonl",
	};
	struct show show = {
		.request = cli->options.request,
		.print = cli->options.json ? print_raw : print_person,
	};
	/* Whoever names a request or reads by program wants all of it. */
	const char *preset = cli->options.request != NULL || cli->options.json ? "100000" : "50";
	char tenant[BH_UUID_TEXT];

	if (cli->options.tenant != NULL) {
		int status = cli_api_tenant(cli, cli->options.tenant, tenant);

		if (status != CLI_OK)
			return status;
		show.tenant = tenant;
	}
	return run(cli, &tails, &show, preset, show.tenant != NULL || show.request != NULL, take_audit);
}
