/* SPDX-License-Identifier: Apache-2.0 */
/* fetch_conf.c: the settings of requests that tenants ask for. */
#include "http/fetch_conf.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "http/url.h"

const struct bh_setting bh_fetch_settings[] = {
	BH_TEXT("open", "", struct bh_fetch_settings, open,
		"Origins on this machine or in private networks that requests of tenants may reach, such "
		"as "
		"https://wiki.internal:8443 for all tenants, or TENANT=https://wiki.internal:8443 for the "
		"one with this id; separated by spaces. Empty: only public addresses."),
	BH_TEXT("ca_file", "", struct bh_fetch_settings, ca_file,
		"Certificates (PEM) that the servers of such requests are trusted by; the system's by "
		"default."),
	BH_BOOL("plain", "false", struct bh_fetch_settings, plain,
		"Whether such requests may also use http without TLS; origins in fetch.open that begin "
		"with "
		"http:// may in any case."),
};
const size_t bh_n_fetch_settings = BH_COUNT(bh_fetch_settings);

static int
read_one(struct bh_arena *arena, const char *word, struct bh_fetch_open *out)
{
	const char *origin = word + strcspn(word, "=:");
	struct bh_url *url = bh_arena_alloc(arena, sizeof(*url));
	struct bh_fetch_open open = {.origin = url};
	int rc = 0;

	if (*origin == '=') {
		rc = bh_uuid_parse(bh_arena_copy(arena, word, (size_t)(origin - word)), &open.tenant);
		if (rc < 0 || bh_uuid_is_zero(&open.tenant))
			return bh_error(BH_E_CONFIG, "fetch.open: \"%s\" does not begin with a tenant's id",
				word);
		origin++;
	} else {
		origin = word;
	}
	rc = bh_url_read(arena, origin, url);
	if (rc == 0 && strcmp(url->path, "/") != 0)
		rc = bh_error(BH_E_INVALID, "an origin has no path");
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "fetch.open: \"%s\": %s", word, bh_error_detail(rc));
	*out = open;
	return 0;
}

int
bh_fetch_open_read(struct bh_arena *arena, const struct bh_fetch_settings *settings,
	struct bh_fetch_open out[BH_FETCH_OPEN_MOST], size_t *out_n)
{
	const char *at = settings->open;
	size_t len, n = 0;
	int rc;

	for (at += strspn(at, " "); (len = strcspn(at, " ")) > 0; at += strspn(at, " ")) {
		if (n == BH_FETCH_OPEN_MOST)
			return bh_error(BH_E_CONFIG, "fetch.open has more than %u entries", BH_FETCH_OPEN_MOST);
		rc = read_one(arena, bh_arena_copy(arena, at, len), &out[n]);
		if (rc < 0)
			return rc;
		n++;
		at += len;
	}
	*out_n = n;
	return 0;
}

int
bh_fetch_settings_check(const struct bh_fetch_settings *settings)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_fetch_open list[BH_FETCH_OPEN_MOST];
	size_t n;

	return bh_fetch_open_read(&arena, settings, list, &n);
}
