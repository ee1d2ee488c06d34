/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: opens the parts of a service one by one, as run.c does, with keys of its own. */
#include "service/testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "service/onward_cache.h"
#include "service/parts.h"
#include "service/serving.h"

#define ISSUER "https://bulkhead.test"

static const struct bh_service issuer = {.name = "auth", .issues_tokens = true};
static const struct bh_service *const services[] = {&issuer, NULL};

static void
must(int rc)
{
	if (rc < 0)
		bh_log_failure("open the fixture", rc);
	BH_ASSERT(rc >= 0);
}

static void
open_keys(struct bh_service_fixture *fix)
{
	const struct bh_token_checker_conf conf = {
		.issuer = ISSUER,
		.audience = fix->runtime.service->name,
		.leeway_s = 5,
		.cache_entries = 64,
	};

	must(bh_jws_key_generate(BH_JWS_ES256, &fix->key));
	bh_buf_text(&fix->jwks, "{\"keys\":[");
	must(bh_jws_key_jwk(fix->key, "k1", &fix->jwks));
	bh_buf_text(&fix->jwks, "]}");
	must(bh_token_checker_open(&conf, &fix->runtime.checker));
	must(bh_token_checker_keys(fix->runtime.checker, fix->jwks.data, fix->jwks.len));
	bh_token_checker_seen(fix->runtime.checker, bh_clock_steady_ms());
}

const char *
bh_service_fixture_socket(struct bh_service_fixture *fix, const char *name)
{
	struct bh_arena *arena = &fix->runtime.arena;

	BH_ASSERT(fix->n_folders < BH_COUNT(fix->folders));
	fix->folders[fix->n_folders] = bh_arena_printf(arena, "%s/%s", fix->dir, name);
	BH_ASSERT(mkdir(fix->folders[fix->n_folders++], 0700) == 0);
	return bh_arena_printf(arena, BH_SOCKET, fix->dir, name);
}

void
bh_service_fixture_open(struct bh_service_fixture *fix, const struct bh_service *service)
{
	struct bh_runtime *runtime = &fix->runtime;
	struct bh_http_server_conf server = {
		.socket_mode = 0600,
		.connections_max = 50,
		.idle_s = 10,
		.body_memory_max = 4096,
		.ctx = runtime,
		.admit = bh_serve_admit,
		.handle = bh_serve_handle,
		.grow = bh_serve_grow,
		.done = bh_serve_done,
	};
	struct bh_http_client_conf client = {.idle_max = 4, .connect_ms = 2000};
	char url[160];

	*fix = (struct bh_service_fixture){0};
	bh_runtime_init(runtime, service);
	snprintf(fix->dir, sizeof(fix->dir), "/tmp/bulkhead-test-XXXXXX");
	BH_ASSERT(mkdtemp(fix->dir) != NULL);
	runtime->conf.run_dir = fix->dir;
	runtime->services = services;
	must(bh_audit_open(&runtime->audit, fix->dir, service->name));
	must(bh_service_routes_open(&runtime->router, service));
	bh_metrics_init(&runtime->metrics, runtime->router.n_entries);
	bh_busiest_init(&runtime->busiest);
	open_keys(fix);
	runtime->onward = bh_onward_cache_new();
	runtime->body_memory_max = server.body_memory_max;
	runtime->conf.tenant_percent = 50;
	runtime->conf.body_memory_mib = runtime->conf.parse_memory_mib = 16;
	runtime->conf.spool_mib = 16;
	bh_admission_init(&runtime->admission, &runtime->conf, server.connections_max);
	runtime->state_open = runtime->keys_known = runtime->log_read = true;
	server.socket_path = bh_service_fixture_socket(fix, service->name);
	server.spool_dir = fix->dir;
	must(bh_http_server_open(&server, &runtime->server));
	snprintf(url, sizeof(url), "unix:%s", server.socket_path);
	client.url = url;
	must(bh_http_client_open(&client, &fix->client));
}

void
bh_service_fixture_close(struct bh_service_fixture *fix)
{
	bh_http_client_close(fix->client);
	bh_runtime_stop(&fix->runtime);
	bh_http_server_close(fix->runtime.server, 1000);
	unlink(fix->runtime.audit.acts.path);
	unlink(fix->runtime.audit.strangers.path);
	bh_jws_key_close(fix->key);
	bh_buf_close(&fix->jwks);
	bh_service_close_parts(&fix->runtime);
	while (fix->n_folders > 0)
		rmdir(fix->folders[--fix->n_folders]);
	bh_runtime_close(&fix->runtime);
	rmdir(fix->dir);
}

struct bh_claims
bh_service_fixture_claims(const struct bh_uuid *tenant, const char *scope)
{
	struct bh_claims claims = {
		.tenant = *tenant,
		.subject = bh_uuid_new(),
		.session = bh_uuid_new(),
		.token = bh_uuid_new(),
		.client = "api_key",
		.role = "member",
		.plan = "default",
		.audience = "test other",
		.issued_s = bh_clock_wall_ms() / 1000,
	};

	claims.not_before_s = claims.issued_s;
	claims.expires_s = claims.issued_s + 300;
	bh_uuid_format(&claims.subject, claims.subject_text);
	snprintf(claims.scope, sizeof(claims.scope), "%s", scope);
	return claims;
}

void
bh_service_fixture_token(struct bh_service_fixture *fix, const struct bh_claims *claims,
	struct bh_buf *out)
{
	struct bh_buf payload = {0};

	bh_claims_write(claims, ISSUER, &payload);
	must(bh_jws_sign(fix->key, "k1", "at+jwt", payload.data, payload.len, out));
	bh_buf_close(&payload);
}

int
bh_service_fixture_call(struct bh_service_fixture *fix, const char *method, const char *path,
	const char *token, const char *body, struct bh_http_reply *out_reply, struct bh_buf *out_body)
{
	struct bh_buf bearer = {0};
	struct bh_http_header headers[2] = {{"content-type", "application/json"}};
	struct bh_http_call call = {
		.method = method,
		.path = path,
		.headers = headers,
		.n_headers = 1,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
		.first_byte_ms = 10000,
		.idle_ms = 10000,
		.watch_fd = -1,
	};

	bh_buf_text(&bearer, "Bearer ");
	if (token != NULL) {
		bh_buf_text(&bearer, token);
		headers[call.n_headers++] = (struct bh_http_header){"authorization", bearer.data};
	}
	must(bh_http_call(fix->client, &call, out_reply));
	bh_buf_reset(out_body);
	must(bh_http_reply_body(out_reply, 1 << 20, out_body));
	bh_buf_close(&bearer);
	return out_reply->status;
}

static void
add_file(const char *path, struct bh_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	must(fd);
	while ((n = read(fd, bh_buf_room(out, 4096), 4096)) > 0)
		out->len += (size_t)n;
	out->data[out->len] = '\0';
	close(fd);
}

void
bh_service_fixture_audit(struct bh_service_fixture *fix, struct bh_buf *out)
{
	bh_buf_reset(out);
	add_file(fix->runtime.audit.acts.path, out);
	add_file(fix->runtime.audit.strangers.path, out);
}
