/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.c: reads what the supervisor hands over, strictly, and wipes the text. */
#include "service/secrets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

/* Exactly 64 lower-case hex digits up to `end`. */
static int
read_hex(const char *text, const char *end, uint8_t out[32])
{
	return bh_text_unhex(text, (size_t)(end - text), out, 32)
		? 0
		: bh_error(BH_E_CONFIG, "a secret is not 64 hex digits");
}

static int
read_peer(const char *text, const char *end, struct bh_service_secrets *out)
{
	const char *blank = memchr(text, ' ', (size_t)(end - text));
	struct bh_peer_secret *peer = &out->peers[out->n_peers];
	size_t len = blank != NULL ? (size_t)(blank - text) : 0;
	int rc;

	if (len == 0 || len >= sizeof(peer->name) || out->n_peers == BH_COUNT(out->peers))
		return bh_error(BH_E_CONFIG, "a peer's secret is malformed");
	rc = read_hex(blank + 1, end, peer->hash.bytes);
	if (rc < 0)
		return rc;
	memcpy(peer->name, text, len);
	peer->name[len] = '\0';
	out->n_peers++;
	return 0;
}

static int
read_object_key(const char *text, const char *end, struct bh_object_key *out)
{
	const char *blank = memchr(text, ' ', (size_t)(end - text));

	if (blank == NULL)
		return bh_error(BH_E_CONFIG, "the access key of the object store is malformed");
	return bh_object_key_set(out, text, (size_t)(blank - text), blank + 1,
		(size_t)(end - blank - 1));
}

static bool
begins(const char *line, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - line) > len && memcmp(line, word, len) == 0;
}

static int
parse(const char *text, size_t len, struct bh_service_secrets *out)
{
	const char *line = text;
	const char *stop = text + len;
	bool has_service = false;
	bool has_data = false;

	while (line < stop) {
		const char *end = memchr(line, '\n', (size_t)(stop - line));
		int rc;

		if (end == NULL)
			return bh_error(BH_E_CONFIG, "the secrets end with an incomplete line");
		if (begins(line, end, "service ")) {
			rc = read_hex(line + 8, end, out->service.bytes);
			has_service = true;
		} else if (begins(line, end, "data ")) {
			rc = read_hex(line + 5, end, out->data.bytes);
			has_data = true;
		} else if (begins(line, end, "object ")) {
			rc = read_object_key(line + 7, end, &out->object);
		} else if (begins(line, end, "peer ")) {
			rc = read_peer(line + 5, end, out);
		} else {
			rc = bh_error(BH_E_CONFIG, "the secrets contain an unknown line");
		}
		if (rc < 0)
			return rc;
		line = end + 1;
	}
	return has_service && has_data ? 0 : bh_error(BH_E_CONFIG, "the secrets are incomplete");
}

/* The whole text up to the pipe's end. */
static int
read_text(int fd, char *text, size_t size, size_t *out_len)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_CONFIG, "read the secrets: %m");
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == size)
			return bh_error(BH_E_CONFIG, "the secrets are too long");
	}
	*out_len = len;
	return 0;
}

int
bh_service_secrets_read(int fd, struct bh_service_secrets *out)
{
	struct bh_service_secrets secrets = {0};
	char text[BH_SECRETS_BYTES_MAX];
	size_t len = 0;
	int rc;

	if (fd < 0)
		return bh_error(BH_E_CONFIG, "no descriptor with secrets was passed");
	rc = read_text(fd, text, sizeof(text), &len);
	close(fd);
	if (rc == 0)
		rc = parse(text, len, &secrets);
	bh_wipe(text, sizeof(text));
	if (rc == 0)
		*out = secrets;
	bh_service_secrets_close(&secrets);
	return rc;
}

void
bh_service_secrets_close(struct bh_service_secrets *secrets)
{
	bh_wipe(secrets, sizeof(*secrets));
}
