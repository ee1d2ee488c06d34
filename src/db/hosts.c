/* SPDX-License-Identifier: Apache-2.0 */
/* hosts.c: the lists of a conninfo taken apart. */
#include "db/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "db/conninfo.h"

#define DEFAULT_PORT "5432"

/* A list divided by commas. */
struct list {
	const char *parts[BH_HOSTS_MAX];
	size_t n;
};

static int
list_read(struct bh_arena *arena, const char *conninfo, const char *word, struct list *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_conn_word(conninfo, word, &text);
	char *at;

	if (rc < 0 || text.len == 0)
		return rc;
	at = bh_arena_strdup(arena, bh_buf_string(&text));
	for (;;) {
		char *end = strchr(at, ',');

		if (out->n == BH_COUNT(out->parts))
			return bh_error(BH_E_CONFIG, "the database URL names more than %d servers",
				BH_HOSTS_MAX);
		out->parts[out->n++] = at;
		if (end == NULL)
			return 0;
		*end = '\0';
		at = end + 1;
	}
}

/* A single one is for all, as libpq has it for ports. */
static const char *
list_at(const struct list *list, size_t at)
{
	return list->n > 1 && at < list->n ? list->parts[at] : NULL;
}

static int
word_is(const char *conninfo, const char *word, const char *value, bool *out_named, bool *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_conn_word(conninfo, word, &text);

	if (rc < 0)
		return rc;
	*out = strcmp(bh_buf_string(&text), value) == 0;
	if (out_named != NULL)
		*out_named = text.len > 0;
	return 0;
}

/* libpq takes an empty word for one that is not there, so what it stands for is said. */
static const char *
port_at(struct bh_arena *arena, const struct list *ports, size_t at)
{
	const char *port = list_at(ports, at);
	const char *preset = getenv("PGPORT");

	if (port == NULL || port[0] != '\0')
		return port;
	return preset != NULL && preset[0] != '\0' ? bh_arena_strdup(arena, preset) : DEFAULT_PORT;
}

static bool
has_empty(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->parts[i][0] == '\0')
			return true;
	}
	return false;
}

int
bh_hosts_parse(struct bh_arena *arena, const char *conninfo, struct bh_hosts *out)
{
	struct list hosts = {0}, addresses = {0}, ports = {0};
	struct bh_hosts found = {.n = 1};
	int rc = list_read(arena, conninfo, "host", &hosts);

	if (rc == 0)
		rc = list_read(arena, conninfo, "hostaddr", &addresses);
	if (rc == 0)
		rc = list_read(arena, conninfo, "port", &ports);
	if (rc == 0)
		rc = word_is(conninfo, "target_session_attrs", "prefer-standby", &found.attributes,
			&found.standby_first);
	if (rc == 0)
		rc = word_is(conninfo, "load_balance_hosts", "random", NULL, &found.shuffled);
	if (rc < 0)
		return rc;
	if (hosts.n > 1 && addresses.n > 0 && addresses.n != hosts.n)
		return bh_error(BH_E_CONFIG, "the database URL has %zu hosts and %zu addresses", hosts.n,
			addresses.n);
	if (has_empty(&hosts) || has_empty(&addresses))
		return bh_error(BH_E_CONFIG, "the database URL has an empty host among several");
	found.n = addresses.n > hosts.n ? addresses.n : hosts.n;
	if (found.n == 0)
		found.n = 1;
	if (ports.n > 1 && ports.n != found.n)
		return bh_error(BH_E_CONFIG, "the database URL has %zu hosts and %zu ports", found.n,
			ports.n);
	for (size_t i = 0; found.n > 1 && i < found.n; i++)
		found.each[i] = (struct bh_host){list_at(&hosts, i), list_at(&addresses, i),
			port_at(arena, &ports, i)};
	*out = found;
	return 0;
}
