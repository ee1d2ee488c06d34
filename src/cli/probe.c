/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: asks a process that runs apart whether it is ready, at the address where it listens itself: a container's
 * health check, for images that hold no other client. */
#include <curl/curl.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "http/endpoint.h"
#include "service/places.h"

#define WITHIN_MS 3000L

/* What the process says while it is not ready, such as {"missing":"database"}. */
struct said {
	char text[256];
	size_t len;
};

static size_t
listen_to(char *bytes, size_t one, size_t count, void *context)
{
	struct said *said = context;
	size_t len = one * count, room = sizeof(said->text) - 1 - said->len;

	memcpy(said->text + said->len, bytes, len < room ? len : room);
	said->len += len < room ? len : room;
	return len;
}

/* Who listens everywhere is asked on the loopback. */
static const char *
host_to_ask(struct bh_arena *arena, const struct bh_endpoint *at)
{
	const char *host = bh_arena_copy(arena, at->host.text, at->host.len);

	if (strcmp(host, "0.0.0.0") == 0)
		return "127.0.0.1";
	if (strcmp(host, "::") == 0)
		return "[::1]";
	return strchr(host, ':') != NULL ? bh_arena_printf(arena, "[%s]", host) : host;
}

/* The name that stands in its certificate is the one by which others know it. */
static const char *
host_known(struct cli *cli, const char *name, const char *own)
{
	struct supervisor_instance *instance = &cli->instance;
	struct bh_endpoint known[BH_ENDPOINTS_MOST];
	const char *peer = bh_places_peer(&instance->arena, &instance->settings.platform.places,
		cli->services, instance->place.run, name);
	size_t n;

	if (bh_endpoints_read(peer, known, &n) < 0 || known[0].kind != BH_ENDPOINT_HTTPS)
		return own;
	return host_to_ask(&instance->arena, &known[0]);
}

static CURLcode
address(struct cli *cli, const char *name, const struct bh_endpoint *at, CURL *curl,
	struct curl_slist **out_to)
{
	struct bh_arena *arena = &cli->instance.arena;
	const char *ca_file = cli->instance.settings.platform.places.ca_file;
	const char *host;
	CURLcode rc;

	if (bh_endpoint_is_local(at)) {
		rc = curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
			bh_arena_copy(arena, at->path.text, at->path.len));
		return rc != CURLE_OK ? rc : curl_easy_setopt(curl, CURLOPT_URL, "http://localhost/readyz");
	}
	host = host_to_ask(arena, at);
	if (at->kind == BH_ENDPOINT_HTTP)
		return curl_easy_setopt(curl, CURLOPT_URL,
			bh_arena_printf(arena, "http://%s:%u/readyz", host, at->port));
	*out_to = curl_slist_append(NULL, bh_arena_printf(arena, "::%s:%u", host, at->port));
	if (*out_to == NULL)
		return CURLE_OUT_OF_MEMORY;
	rc = curl_easy_setopt(curl, CURLOPT_CONNECT_TO, *out_to);
	if (rc == CURLE_OK && ca_file[0] != '\0')
		rc = curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
	return rc != CURLE_OK ? rc
						  : curl_easy_setopt(curl, CURLOPT_URL,
								bh_arena_printf(arena, "https://%s:%u/readyz",
									host_known(cli, name, host), at->port));
}

static CURLcode
ask(struct cli *cli, const char *name, const struct bh_endpoint *at, struct said *said,
	long *out_status)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *to = NULL;
	CURLcode rc = curl != NULL ? CURLE_OK : CURLE_FAILED_INIT;

	if (rc == CURLE_OK)
		rc = address(cli, name, at, curl, &to);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WITHIN_MS);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, listen_to);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(curl, CURLOPT_WRITEDATA, said);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(curl);
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, out_status);
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	return rc;
}

static bool
is_process(struct cli *cli, const char *name)
{
	return strcmp(name, BH_PLACES_GATEWAY) == 0 || bh_services_find(cli->services, name) != NULL;
}

int
cli_probe(struct cli *cli)
{
	struct supervisor_instance *instance = &cli->instance;
	const char *name = cli->args[0], *listens;
	struct bh_endpoint at;
	struct said said = {0};
	long status = 0;
	CURLcode asked;
	int rc;

	if (!is_process(cli, name))
		return cli_refuse(CLI_NOT_FOUND, "unknown process `%.64s`", name);
	listens = bh_places_listen(&instance->arena, &instance->settings.platform.places, cli->services,
		instance->place.run, name);
	rc = bh_endpoint_read(listens, strlen(listens), &at);
	if (rc < 0)
		return cli_fail(rc);
	asked = ask(cli, name, &at, &said, &status);
	if (asked != CURLE_OK)
		return cli_refuse(CLI_FAILED, "%s at %s: %s", name, listens, curl_easy_strerror(asked));
	if (status != 200)
		return cli_refuse(CLI_FAILED, "%s is not ready: %s", name, said.text);
	return CLI_OK;
}
