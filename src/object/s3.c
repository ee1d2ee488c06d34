/* SPDX-License-Identifier: Apache-2.0 */
/* s3.c: the driver for S3: opening, reading, removing, marks and download links. */
#include "object/s3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define CONNECTIONS_IDLE 16
#define CONNECT_MS_MOST 3000
#define READ_BYTES ((size_t)256 * BH_KIB)
#define READ_TRIES 2
#define PACE_BYTES_MS 16 /* that a store gives at least, once it had its time to begin */

/* ---- opening ---- */

static char *
copy(const char *text)
{
	char *out = strdup(text);

	BH_ASSERT(out != NULL);
	return out;
}

/* The URL without a path and without its scheme's own port, which no Host header names. */
static int
normal_url(const char *setting, const char *url, char **out_url, char **out_host)
{
	bool tls = bh_text_starts(url, "https://");
	const char *host = strstr(url, "://") + 3;
	const char *port = tls ? ":443" : ":80";
	size_t len = strcspn(host, "/");
	char text[512];

	if (len == 0 || len > 300 || (host[len] == '/' && host[len + 1] != '\0'))
		return bh_error(BH_E_CONFIG, "object.%s must be a URL without a path", setting);
	if (len > strlen(port) && strncmp(host + len - strlen(port), port, strlen(port)) == 0)
		len -= strlen(port);
	snprintf(text, sizeof(text), "%s%.*s", tls ? "https://" : "http://", (int)len, host);
	*out_url = copy(text);
	*out_host = copy(text + (tls ? 8 : 7));
	return 0;
}

static int
open_client(const struct bh_object_conf *conf, const char *setting, const char *url,
	char **out_host, struct bh_http_client **out)
{
	char *normal = NULL;
	int rc = normal_url(setting, url, &normal, out_host);

	if (rc == 0)
		rc = bh_http_client_open(&(struct bh_http_client_conf){.url = normal,
									 .idle_max = CONNECTIONS_IDLE,
									 .connect_ms = conf->s3_timeout_ms < CONNECT_MS_MOST
										 ? conf->s3_timeout_ms
										 : CONNECT_MS_MOST,
									 .ca_file = conf->s3_ca_file[0] != '\0' ? conf->s3_ca_file
																			: NULL},
			out);
	free(normal);
	return rc == BH_E_INVALID ? bh_error(BH_E_CONFIG, "object.%s: %s", setting, bh_error_detail(rc))
							  : rc;
}

static void
s3_close(struct bh_object_store *base)
{
	struct s3_store *store = (struct s3_store *)base;
	char *const texts[] = {store->host, store->sts_host, store->download_url, store->download_host,
		store->bucket, store->region, store->role, store->partition};

	s3_sessions_close(&store->sessions);
	bh_http_client_close(store->objects);
	bh_http_client_close(store->sts);
	bh_object_key_close(&store->key);
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		free(texts[i]);
	free(store);
}

/* "aws" of "arn:aws:iam::…": other parts of AWS have others. */
static char *
partition_of(const char *role)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(role + 4, ":"), role + 4);
	return copy(text);
}

static int
s3_open(const struct bh_object_conf *conf, const struct bh_object_place *place,
	struct bh_object_store **out)
{
	const char *sts = conf->s3_sts_endpoint[0] != '\0' ? conf->s3_sts_endpoint : conf->s3_endpoint;
	const char *download = conf->s3_download_endpoint[0] != '\0' ? conf->s3_download_endpoint
																 : conf->s3_endpoint;
	struct s3_store *store;
	int rc;

	if (place->key == NULL || place->key->id[0] == '\0')
		return bh_error(BH_E_CONFIG, "the s3 driver has no access key");
	store = calloc(1, sizeof(*store));
	BH_ASSERT(store != NULL);
	s3_sessions_init(&store->sessions);
	store->bucket = copy(conf->s3_bucket);
	store->region = copy(conf->s3_region);
	store->role = copy(conf->s3_role);
	store->partition = partition_of(conf->s3_role);
	store->key = *place->key;
	store->session_s = conf->s3_session_s;
	store->timeout_ms = conf->s3_timeout_ms;
	store->part_bytes = conf->s3_part_mib * (int64_t)BH_MIB;
	rc = open_client(conf, "s3_endpoint", conf->s3_endpoint, &store->host, &store->objects);
	if (rc == 0)
		rc = open_client(conf, "s3_sts_endpoint", sts, &store->sts_host, &store->sts);
	if (rc == 0)
		rc = normal_url("s3_download_endpoint", download, &store->download_url,
			&store->download_host);
	if (rc < 0) {
		s3_close(&store->base);
		return rc;
	}
	*out = &store->base;
	return 0;
}

/* ---- reading ---- */

/* What a download must come to. */
struct expected {
	int64_t bytes; /* by the store's own word, before the first byte */
	char hash[65]; /* "" if nobody knows */
};

static int
expect(const struct s3_answer *answer, const struct bh_object_content *content,
	struct expected *out)
{
	const char *length = bh_http_reply_header(&answer->reply, "content-length");
	const char *hash = bh_http_reply_header(&answer->reply, S3_HASH_HEADER);

	if (length == NULL || bh_text_int(length, 0, INT64_MAX, &out->bytes) < 0)
		return bh_error(BH_E_UNAVAILABLE, "object store: GET: a response without a length");
	if (content != NULL && out->bytes != content->bytes)
		return bh_error(BH_E_UNAVAILABLE, "object store: GET: %lld bytes instead of %lld",
			(long long)out->bytes, (long long)content->bytes);
	snprintf(out->hash, sizeof(out->hash), "%s",
		hash != NULL && strlen(hash) == 64 && content == NULL ? hash : "");
	if (content != NULL)
		bh_text_hex(content->hash.bytes, sizeof(content->hash.bytes), out->hash);
	return 0;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_object_io_error("write a spool file");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A store that drips holds up whoever waits for it, and each piece comes in time. */
static int
check_pace(const struct s3_store *store, int64_t begun_ms, int64_t total)
{
	int64_t late_ms = bh_clock_steady_ms() - begun_ms - store->timeout_ms;

	return late_ms > 0 && total < late_ms * PACE_BYTES_MS
		? bh_error(BH_E_UNAVAILABLE, "object store: GET: less than %d KB a second", PACE_BYTES_MS)
		: 0;
}

/* The body into the file, hashed on the way. *out_again: the connection broke. */
static int
receive(const struct s3_store *store, struct s3_answer *answer, const struct expected *expected,
	int fd, bool *out_again)
{
	int64_t begun_ms = bh_clock_steady_ms();
	struct bh_hash hash;
	struct bh_digest digest;
	char hex[65];
	char *bytes = malloc(READ_BYTES);
	int64_t total = 0;
	ssize_t n;
	int rc = 0;

	BH_ASSERT(bytes != NULL);
	bh_hash_begin(&hash);
	while (rc == 0 && (n = bh_http_reply_read(&answer->reply, bytes, READ_BYTES)) != 0) {
		if (n < 0) {
			*out_again = n == BH_E_PROTOCOL;
			rc = bh_error(BH_E_UNAVAILABLE, "object store: GET: %s", bh_error_detail((int)n));
			break;
		}
		bh_hash_add(&hash, bytes, (size_t)n);
		total += n;
		rc = write_all(fd, bytes, (size_t)n);
		if (rc == 0)
			rc = check_pace(store, begun_ms, total);
	}
	bh_hash_end(&hash, &digest);
	free(bytes);
	if (rc < 0)
		return rc;
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	if (total != expected->bytes || (expected->hash[0] != '\0' && strcmp(hex, expected->hash) != 0))
		return bh_error(BH_E_UNAVAILABLE,
			"object store: GET: the content differs from what was stored");
	return 0;
}

static int
read_once(struct s3_store *store, const struct s3_request *request,
	const struct bh_object_content *content, int *out_fd, int64_t *out_bytes, bool *out_again)
{
	struct s3_answer answer = {0};
	struct expected expected = {0};
	int fd = -1;
	int rc = s3_call(store, request, &answer);

	if (rc < 0)
		return rc;
	rc = expect(&answer, content, &expected);
	if (rc == 0)
		rc = s3_spool_open(store, &fd);
	if (rc == 0)
		rc = receive(store, &answer, &expected, fd, out_again);
	s3_answer_close(&answer);
	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = bh_object_io_error("rewind a spool file");
	if (rc < 0 && fd >= 0)
		close(fd);
	if (rc < 0)
		return rc;
	*out_fd = fd;
	*out_bytes = expected.bytes;
	return 0;
}

static int
s3_read(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, int *out_fd, int64_t *out_bytes)
{
	struct s3_store *store = (struct s3_store *)base;
	char name[BH_UUID_HEX];
	const struct s3_request request = {.method = "GET", .tenant = tenant, .name = name};
	int rc = 0;

	bh_uuid_hex(id, name);
	for (int i = 0; i < READ_TRIES; i++) {
		bool again = false;

		rc = read_once(store, &request, content, out_fd, out_bytes, &again);
		if (!again)
			break;
	}
	return rc == 0 ? 0 : s3_missing(store, tenant, name, rc);
}

/* ---- removing, and marks ---- */

static int
remove_name(struct s3_store *store, const struct bh_uuid *tenant, const char *name)
{
	struct s3_answer answer = {0};
	const struct s3_request request = {.method = "DELETE", .tenant = tenant, .name = name};
	int rc = s3_call(store, &request, &answer);

	s3_answer_close(&answer);
	return rc == BH_E_NOT_FOUND ? 0 : s3_error(rc);
}

static void
mark_name(const struct bh_uuid *id, char out[S3_NAME_TEXT])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, S3_NAME_TEXT, "%s" S3_MARK, hex);
}

static int
s3_acquit(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	char name[S3_NAME_TEXT];

	mark_name(id, name);
	return remove_name((struct s3_store *)store, tenant, name);
}

static int
s3_remove(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	char name[BH_UUID_HEX];
	int rc;

	bh_uuid_hex(id, name);
	rc = remove_name((struct s3_store *)store, tenant, name);
	return rc < 0 ? rc : s3_acquit(store, tenant, id);
}

static int
s3_condemn(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t age_s, bool *out_due)
{
	struct s3_store *store = (struct s3_store *)base;
	struct s3_answer answer = {0};
	char name[S3_NAME_TEXT];
	const struct s3_request request = {.method = "PUT", .tenant = tenant, .name = name};
	int64_t marked_ms = 0, now_ms = 0;
	bool marked = false;
	int rc;

	mark_name(id, name);
	/* Writing it again would make it young. */
	rc = s3_list_find(store, tenant, name, &marked, &marked_ms, &now_ms);
	if (rc < 0)
		return rc;
	if (marked) {
		*out_due = now_ms - marked_ms > age_s * 1000;
		return 0;
	}
	rc = s3_call(store, &request, &answer);
	s3_answer_close(&answer);
	if (rc < 0)
		return s3_error(rc);
	*out_due = false;
	return 0;
}

/* ---- download links ---- */

static int
s3_url(struct bh_object_store *base, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t seconds, const char *content_type, const char *disposition, struct bh_buf *out)
{
	struct s3_store *store = (struct s3_store *)base;
	BH_AUTO(s3_session_close) struct s3_session session = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	const struct s3_pair params[] = {{"response-content-disposition", disposition},
		{"response-content-type", content_type}};
	const struct s3_pair headers[] = {{"host", store->download_host}};
	char name[BH_UUID_HEX];
	struct s3_signer signer;
	int rc = s3_session_get(store, tenant, seconds, &session);

	if (rc < 0)
		return rc;
	signer = (struct s3_signer){session.id, session.secret, session.token, store->region, "s3"};
	bh_uuid_hex(id, name);
	s3_path(store, tenant, name, &path);
	bh_buf_printf(out, "%s%s?", store->download_url, bh_buf_string(&path));
	s3_sign_url(&(struct s3_signing){.signer = &signer,
					.time_ms = s3_now_ms(store),
					.method = "GET",
					.path = bh_buf_string(&path),
					.params = params,
					.n_params = BH_COUNT(params),
					.headers = headers,
					.n_headers = 1},
		seconds, out);
	return 0;
}

const struct bh_object_driver bh_object_s3 = {
	.name = "s3",
	.spools = true,
	.open = s3_open,
	.close = s3_close,
	.create = s3_write_create,
	.publish = s3_write_publish,
	.read = s3_read,
	.stream_open = s3_stream_open,
	.stream_next = s3_stream_next,
	.stream_close = s3_stream_close,
	.holds = s3_holds,
	.remove = s3_remove,
	.url = s3_url,
	.sweep = s3_list_sweep,
	.forget = s3_list_forget,
	.walk_open = s3_list_open,
	.walk_next = s3_list_next,
	.walk_close = s3_list_close,
	.condemn = s3_condemn,
	.acquit = s3_acquit,
	.peek = s3_peek,
	.key_list = s3_key_list,
	.key_get = s3_key_get,
	.key_put = s3_key_put,
	.key_remove = s3_key_remove,
};
