/* SPDX-License-Identifier: Apache-2.0 */
/* s3.h: what the files of the s3 driver share: the store, sessions, calls. Only src/object includes it.
 *
 * An object lies at {bucket}/{tenant}/{id}, its mark at {bucket}/{tenant}/{id}.unnamed: the next name in a
 * listing; a key of the tenant at {bucket}/{tenant}/key-{id}. Two locks keep a tenant's prefix. Ours: a request names its tenant and a name below it, and the
 * path is made of the two in one place (s3_path). The store's: the request is signed with a session that
 * AssumeRole gave for this tenant, whose policy names the tenant's prefix and nothing else. */
#ifndef BH_OBJECT_S3_H
#define BH_OBJECT_S3_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/client.h"
#include "object/driver.h"
#include "object/s3_sign.h"

#define S3_MARK ".unnamed"
#define S3_KEY "key-" /* and an id: a tenant's key (keys.h), behind all objects in a listing */
#define S3_NAME_TEXT (BH_UUID_HEX + sizeof(S3_MARK))
#define S3_HASH_HEADER "x-amz-meta-sha256"
#define S3_TOKEN_MAX 8191u
#define S3_CODE_TEXT 64
#define S3_PAIRS_MOST 8

/* ---- sessions (s3_session.c) ---- */

/* Credentials that are good for one tenant. Owned by the caller of s3_session_get. */
struct s3_session {
	char id[BH_OBJECT_KEY_ID_MAX + 1];
	char secret[BH_OBJECT_KEY_SECRET_MAX + 1];
	char token[S3_TOKEN_MAX + 1];
	int64_t until_ms; /* steady clock: when it ends */
};
void s3_session_close(struct s3_session *session); /* wipes it */

struct s3_session_entry;
struct s3_sessions {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct s3_session_entry *chains[256]; /* owned; by the tenant's first byte */
	size_t n;
};

struct s3_store {
	struct bh_object_store base;
	struct bh_http_client *objects, *sts; /* owned */
	char *host, *sts_host;                /* owned: as their requests' Host header says */
	char *download_url, *download_host;   /* owned */
	char *bucket, *region, *role;         /* owned */
	char *partition;                      /* owned: "aws", of the role's ARN */
	struct bh_object_key key;
	int64_t session_s, timeout_ms, part_bytes;
	int64_t skew_ms; /* atomic: the store's clock minus ours, once it has complained */
	struct s3_sessions sessions;
};

/* The session of a tenant, or, for NULL, the one that may only list names: kept until shortly before its
 * end, and good for at least `least_s`. One thread asks for it, the tenant's others wait for that one.
 * BH_E_UNAVAILABLE. */
BH_MUST_CHECK int s3_session_get(struct s3_store *store, const struct bh_uuid *tenant,
	int64_t least_s, struct s3_session *out);
/* Forgets it if it is still this one: the store no longer takes it. */
void s3_session_drop(struct s3_store *store, const struct bh_uuid *tenant,
	const struct s3_session *session);
void s3_sessions_init(struct s3_sessions *sessions);
void s3_sessions_close(struct s3_sessions *sessions);

/* The policy of such a session, at most 2 KiB (AWS's limit). */
void s3_session_policy(const struct s3_store *store, const struct bh_uuid *tenant,
	struct bh_buf *out);
/* Reads what AssumeRole answers with. `now_ms`: the answer's Date, 0 if it has none; *out_life_s: how long
 * the session lasts, 0 if unknown. BH_E_PROTOCOL. */
BH_MUST_CHECK int s3_session_parse(const char *text, size_t len, int64_t now_ms,
	struct s3_session *out, int64_t *out_life_s);

/* ---- calls (s3_call.c) ---- */

/* One request. Zero members are left out. */
struct s3_request {
	const char *method;
	const struct bh_uuid *tenant; /* NULL: the names of the tenants are asked for, with name NULL */
	const char *name;             /* of the object or mark below the tenant; NULL: the bucket */
	struct s3_pair params[S3_PAIRS_MOST]; /* sorted by name */
	size_t n_params;
	struct s3_pair headers[S3_PAIRS_MOST];
	size_t n_headers;
	const void *body; /* NULL: from the file */
	size_t body_len;
	int body_fd;
	int64_t body_offset;
	int watch_fd; /* a client's socket: its hang-up ends the call with BH_E_GONE; 0: none */
	const char *payload_hash; /* hex; NULL: there is no body */
};

struct s3_answer {
	struct bh_http_reply reply; /* owned */
	int64_t now_ms;             /* its Date by the store's clock, else our clock */
	char code[S3_CODE_TEXT];    /* of an error's body; "" if there is none */
};
void s3_answer_close(struct s3_answer *answer);

/* Signs with the tenant's session and calls; again with a new session when the store no longer takes the
 * one, with its clock when it complains about ours, and a few times, quickly, when it is overloaded or
 * could not be reached. 0 with a status of 2xx and the body unread. BH_E_NOT_FOUND for 404 of an object
 * or upload; BH_E_FORBIDDEN for 403; BH_E_NO_ROOM; else BH_E_UNAVAILABLE. On an error `out` holds only the
 * code. */
BH_MUST_CHECK int s3_call(struct s3_store *store, const struct s3_request *request,
	struct s3_answer *out);
/* The same, with the body read whole, at most 4 MiB. */
BH_MUST_CHECK int s3_call_text(struct s3_store *store, const struct s3_request *request,
	struct s3_answer *out, struct bh_buf *out_body);
/* Appends the path of an object or mark of the tenant, or, for a NULL name, that of the bucket. */
void s3_path(const struct s3_store *store, const struct bh_uuid *tenant, const char *name,
	struct bh_buf *out);
/* After a GET or HEAD of an object that failed with rc: a missing object is forbidden where a session may
 * list its own prefix only, so the listing tells. BH_E_NOT_FOUND, or what a caller outside is told. */
int s3_missing(struct s3_store *store, const struct bh_uuid *tenant, const char *name, int rc);
/* What a caller outside is told: BH_E_FORBIDDEN is no refusal of the client, but of the platform. */
int s3_error(int rc);

/* Signs one POST of a form to STS with the platform's key; the answer's body. BH_E_UNAVAILABLE. */
BH_MUST_CHECK int s3_call_sts(struct s3_store *store, const struct bh_buf *form,
	struct bh_buf *out_body, int64_t *out_now_ms);

/* By the store's clock, as far as we know. */
int64_t s3_now_ms(const struct s3_store *store);
/* "Sun, 29 Nov 2026 07:41:21 GMT" and "2026-11-29T07:41:21.000Z", in ms; 0 for anything else. */
int64_t s3_time_http(const char *text);
int64_t s3_time_iso(const char *text);

/* The value of the first element of that name; "" when there is none. BH_E_PROTOCOL. */
BH_MUST_CHECK int s3_xml_find(const char *text, size_t len, const char *name, size_t size,
	char *out);

/* ---- listing (s3_list.c) ---- */

/* One object of a listing, with its mark. */
struct s3_listed {
	struct bh_uuid id;
	int64_t changed_ms;
	bool marked;
	int64_t marked_ms;
};

struct s3_list {
	struct s3_store *store;
	struct bh_uuid tenant;  /* zero: the tenants */
	struct s3_listed *page; /* owned: what was read and not yet given */
	size_t n, at;
	struct bh_buf token; /* owned: where the next page begins; "" at the first */
	bool last;           /* there is no further page */
	int64_t now_ms;      /* of the last page's answer */
};

/* Adds one page of a listing to list->page. BH_E_PROTOCOL. */
BH_MUST_CHECK int s3_list_parse(struct s3_list *list, const char *text, size_t len);
int s3_list_open(struct bh_object_store *store, const struct bh_uuid *tenant, void **out);
int s3_list_next(void *walk, int64_t age_s, struct bh_object_name *out, size_t room, size_t *out_n);
void s3_list_close(void *walk);
int s3_list_sweep(struct bh_object_store *store, int64_t age_s);
int s3_list_forget(struct bh_object_store *store, const struct bh_uuid *tenant);
/* Whether there is exactly this name, and since when; by the listing, which tells a missing object from one
 * that may not be seen. */
BH_MUST_CHECK int s3_list_find(struct s3_store *store, const struct bh_uuid *tenant,
	const char *name, bool *out_found, int64_t *out_changed_ms, int64_t *out_now_ms);

/* ---- keys, and the beginning of an object (s3_keys.c) ---- */

int s3_key_list(struct bh_object_store *store, const struct bh_uuid *tenant, struct bh_uuid *out,
	size_t room, size_t *out_n);
int s3_key_get(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_buf *out);
int s3_key_put(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const void *bytes, size_t len);
int s3_key_remove(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
int s3_peek(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	uint8_t out[BH_OBJECT_HEAD], size_t *out_n, int64_t *out_bytes);

/* ---- to a client (s3_stream.c) ---- */

int s3_stream_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, void **out);
ssize_t s3_stream_next(void *stream, char *out, size_t size);
void s3_stream_close(void *stream);

/* ---- writing (s3_write.c) ---- */

int s3_write_create(struct bh_object_writer *writer);
int s3_write_publish(struct bh_object_writer *writer, const void *bytes,
	const struct bh_digest *hash);
/* An unnamed file in the spool folder. BH_E_IO, BH_E_NO_ROOM. */
BH_MUST_CHECK int s3_spool_open(struct s3_store *store, int *out_fd);
/* Compares what the store says it holds with what it should. */
int s3_holds(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, bool *out);

#endif
