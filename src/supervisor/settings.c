/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c: the tables of the supervisor's own sections, and the one check of all sections together. */
#include "supervisor/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/processors.h"
#include "base/text.h"
#include "http/origin.h"
#include "nginx/names.h"
#include "service/services.h"
#include "supervisor/external.h"
#include "supervisor/place.h"

#define POSTGRES_SPARE 12 /* connections: the migration, and whoever looks */
#define SECTIONS_MAX (15 + BH_PLACES_SECTIONS + BH_SERVICES_MAX)

#define GATEWAY(name, preset, least, most, member, help) \
	BH_INT(name, preset, least, most, struct bh_nginx_conf, member, help)

static const struct bh_setting gateway_settings[] = {
	BH_TEXT("listen", "127.0.0.1:8080", struct bh_nginx_conf, listen,
		"Public address and port; BULKHEAD_LISTEN overrides it."),
	BH_TEXT("public_url", "", struct bh_nginx_conf, public_url,
		"How browsers reach this instance, such as https://ai.example.org, without a path: it "
		"decides "
		"whether the console's cookie needs TLS, and stands in links that are sent by mail. Empty: "
		"http:// and the address of gateway.listen."),
	BH_TEXT("cert_file", "", struct bh_nginx_conf, tls.certificate,
		"File with the certificate chain of the public address, in PEM; with it the gateway speaks "
		"TLS "
		"and HTTP/2. Both files are read again within seconds when they change."),
	BH_TEXT("key_file", "", struct bh_nginx_conf, tls.key,
		"File with the certificate's private key, in PEM and without a passphrase."),
	BH_TEXT("redirect_listen", "", struct bh_nginx_conf, tls.redirect_listen,
		"Address and port for plain HTTP, such as 0.0.0.0:80, that redirects to "
		"gateway.public_url; "
		"empty: none."),
	BH_TEXT("acme_dir", "", struct bh_nginx_conf, tls.acme_dir,
		"Folder whose files are served below /.well-known/acme-challenge/ of "
		"gateway.redirect_listen, "
		"for a client of a certificate authority; empty: none."),
	BH_TEXT("resolver", "", struct bh_nginx_conf, resolver,
		"Server of names, as an IPv4 address with or without a port, that `bulkhead serve gateway` "
		"asks "
		"for the addresses of services; empty: as the system does."),
	GATEWAY("workers", "2", 1, BH_NGINX_WORKERS_MAX, workers,
		"Number of worker processes of the gateway."),
	BH_TEXT("trusted_proxies", "", struct bh_nginx_conf, trusted_proxies,
		"Networks of your own proxies, whose X-Forwarded-For header is trusted to name the client; "
		"empty: none."),
	BH_TEXT("cors", "", struct bh_nginx_conf, cors,
		"Origins of browser pages that may call the API under /v1, such as https://app.example, "
		"separated by spaces or commas; with the word tenants, also the origins that each tenant "
		"allows for its own credentials. Empty: none."),
	GATEWAY("signin_per_minute", "300", 1, 1000000, by_address.signin_rpm,
		"Maximum number of sign-ins, refreshes and link requests per minute from one client "
		"address."),
	GATEWAY("signin_at_once", "16", 1, 65535, by_address.signin_concurrency,
		"Maximum number of these requests in progress at the same time."),
	GATEWAY("anonymous_per_minute", "3000", 1, 1000000, by_address.anonymous_rpm,
		"Maximum number of other requests without a valid credential per minute from one client "
		"address."),
	GATEWAY("anonymous_at_once", "128", 1, 65535, by_address.anonymous_concurrency,
		"Maximum number of these requests in progress at the same time."),
	GATEWAY("unknown_keys_per_minute", "600", 1, 1000000, by_address.unknown_rpm,
		"Maximum number of unknown credentials per minute from one client address."),
	GATEWAY("unknown_keys_at_once", "32", 1, 65535, by_address.unknown_concurrency,
		"Maximum number of credentials of one client address that are verified by auth "
		"concurrently."),
	GATEWAY("connections", "8192", 256, 1000000, connections,
		"Maximum number of connections of each worker, to clients and services; at most half of "
		"its limit of open files."),
	GATEWAY("connections_per_address", "1024", 1, 65535, by_address.connections,
		"Maximum number of open connections of one client address."),
	GATEWAY("body_kib_per_second", "32", 1, 1000000, body_kib_per_second,
		"Minimum transfer rate of a request body, in KiB per second, after the first 15 s."),
	GATEWAY("tenant_requests_per_second", "0", 0, 1000000, tenant_rate,
		"Requests per second of one tenant; faster ones are delayed by up to one second. A higher "
		"limit set with `limit set` takes precedence. 0: 50 per processor."),
	GATEWAY("tenant_bodies_mib", "2048", 1, 65535, tenant_bodies_mib,
		"Maximum total size of request bodies over 64 KiB that one tenant may have in transfer, in "
		"MiB."),
	GATEWAY("tenant_bodies_mib_per_second", "0", 0, 100000, tenant_bodies_mib_per_second,
		"Maximum transfer rate of request bodies over 64 KiB of one tenant, in MiB per second; "
		"faster ones are delayed. 0: 8 per processor."),
	GATEWAY("address_bodies_mib", "64", 1, 65535, by_address.bodies_mib,
		"Maximum total size of request bodies over 64 KiB in transfer from one client address "
		"without a credential, in MiB."),
	GATEWAY("bodies_mib", "0", 0, 1000000, bodies_mib,
		"Maximum total size of all request bodies over 64 KiB in transfer, in MiB; no tenant may "
		"use more than what is left. 0: a quarter of the file system, at most 8192."),
	GATEWAY("refusals_per_minute", "600", 1, 1000000, by_address.refusals,
		"Number of refusals per minute of one tenant or client address that are sent at once; the "
		"others are delayed by one second."),
	GATEWAY("keys_mib", "16", 1, 1024, keys_mib,
		"Shared memory for cached credentials, in MiB; about 500 credentials per MiB."),
	GATEWAY("limits_mib", "16", 4, 1024, limits_mib,
		"Shared memory for limits of tenants, API keys and addresses, in MiB; about 4,000 limits "
		"per MiB."),
};

static const struct bh_setting engine_settings[] = {
	BH_BOOL("enabled", "true", struct supervisor_engine_conf, enabled,
		"Whether the managed chat and embedding engines are started."),
	BH_TEXT("chat_model", "", struct supervisor_engine_conf, chat_model,
		"Name of the managed chat model; empty: the best one that fits this machine, chosen by the "
		"setup."),
	BH_TEXT("chat_url", "", struct supervisor_engine_conf, chat_url,
		"Address of a chat engine that runs apart, such as http://chat:8080, for `bulkhead engine "
		"register`."),
	BH_TEXT("embedding_url", "", struct supervisor_engine_conf, embedding_url,
		"The same for the embedding engine."),
	BH_INT("chat_slots", "0", 0, 64, struct supervisor_engine_conf, chat_slots,
		"Number of concurrent chats of the managed engine; 0: as recommended by the setup."),
	BH_INT("chat_context", "0", 0, 131072, struct supervisor_engine_conf, chat_context,
		"Context length of one chat in tokens; 0: as recommended by the setup."),
	BH_INT("embedding_slots", "0", 0, 64, struct supervisor_engine_conf, embedding_slots,
		"Number of inputs that the managed engine embeds concurrently; 0: as recommended by the "
		"setup."),
	BH_INT("threads", "0", 0, 256, struct supervisor_engine_conf, threads,
		"Number of threads of each engine; 0: one per processor."),
	BH_BOOL("speech", "true", struct supervisor_engine_conf, speech,
		"Whether the engines of `make speech-engine` are started, where they are installed."),
};

#define IMAGE_FILE(name, help) BH_TEXT(#name, "", struct supervisor_image_conf, name, help)

static const struct bh_setting image_settings[] = {
	IMAGE_FILE(weights,
		"File with the weights of an image model (safetensors or GGUF), which the engine of `make "
		"image-engine` serves; empty: none. With a text encoder below, the model without it."),
	IMAGE_FILE(vae, "File with the image decoder (VAE), where image.weights has none."),
	IMAGE_FILE(clip_l, "File with the text encoder CLIP-L, where image.weights has none."),
	IMAGE_FILE(clip_g, "File with the text encoder CLIP-G, where image.weights has none."),
	IMAGE_FILE(t5xxl, "File with the text encoder T5-XXL, where image.weights has none."),
	IMAGE_FILE(llm,
		"File with the language model that encodes the text, where image.weights has none."),
	BH_INT("steps", "0", 0, 150, struct supervisor_image_conf, steps,
		"Number of steps in which an image is made; 0: 20. Distilled models need 1 to 8."),
	BH_TEXT("guidance", "", struct supervisor_image_conf, guidance,
		"How closely images follow the prompt (CFG scale), from 0 to 100; empty: 7. Distilled "
		"models "
		"need 1."),
	BH_INT("threads", "0", 0, 256, struct supervisor_image_conf, threads,
		"Number of threads of the image engine; 0: one per processor."),
	BH_INT("memory_mib", "0", 0, 16777216, struct supervisor_image_conf, memory_mib,
		"Maximum address space of the image engine, weights included, in MiB; 0: three quarters of "
		"the machine's memory."),
	BH_INT("idle_s", "600", 0, 604800, struct supervisor_image_conf, idle_s,
		"Time without a request after which the image engine gives its memory back, until the next "
		"one; 0: never."),
};

static const struct bh_setting postgres_settings[] = {
	BH_INT("shared_buffers_mib", "96", 16, 65536, struct supervisor_postgres_conf,
		shared_buffers_mib, "Shared memory of the embedded PostgreSQL, in MiB."),
	BH_INT("connections", "0", 0, 1000, struct supervisor_postgres_conf, connections,
		"Maximum number of connections of the embedded PostgreSQL. 0: twice database.connections "
		"for each service, because a service that is replaced is there twice, plus 12."),
};

static const struct bh_setting own_settings[] = {
	BH_BOOL("quickstart", "true", struct supervisor_own_conf, quickstart,
		"Whether the first start creates a tenant with a sample document."),
	BH_TEXT("backup_folder", "", struct supervisor_own_conf, backup_folder,
		"Folder in which your backups appear; `bulkhead doctor` warns when the newest is two days "
		"old."),
	BH_INT("service_memory_mib", "4096", 0, 1048576, struct supervisor_own_conf, service_memory_mib,
		"Maximum address space of each service, in MiB; a service that needs more exits and is "
		"restarted. 0: no limit."),
};

static const struct bh_setting backup_settings[] = {
	BH_TEXT("recipient", "", struct supervisor_backup_conf, recipient,
		"Public key to which `bulkhead backup create` encrypts: an age recipient (age1...), an SSH "
		"public key (ssh-ed25519 or ssh-rsa), or gpg: and a key's fingerprint. Empty: backups are "
		"plain, and each must be confirmed."),
};

/* The services' tables are checked into scratch structs: their own processes read them again. */
static size_t
collect(struct bh_arena *arena, const struct bh_service *const *services,
	struct supervisor_settings *settings, struct bh_section *sections)
{
	size_t n = 0;

	sections[n++] = (struct bh_section){"platform", bh_platform_settings, bh_n_platform_settings,
		&settings->platform};
	sections[n++] = (struct bh_section){"database", bh_database_settings, bh_n_database_settings,
		&settings->platform};
	sections[n++] = (struct bh_section){"object", bh_object_settings, bh_n_object_settings,
		&settings->platform.object};
	sections[n++] = (struct bh_section){"mail", bh_mail_settings, bh_n_mail_settings,
		&settings->platform.mail};
	sections[n++] = (struct bh_section){"fetch", bh_fetch_settings, bh_n_fetch_settings,
		&settings->platform.fetch};
	sections[n++] = (struct bh_section){"trace", bh_trace_settings, bh_n_trace_settings,
		&settings->platform.trace};
	sections[n++] = (struct bh_section){"limits", bh_shared_settings, bh_n_shared_settings,
		&settings->platform.limits};
	sections[n++] = (struct bh_section){"supervisor", BH_LIST(own_settings), &settings->own};
	sections[n++] = (struct bh_section){"backup", BH_LIST(backup_settings), &settings->backup};
	sections[n++] = (struct bh_section){"log", bh_log_settings, bh_n_log_settings, &settings->log};
	sections[n++] = (struct bh_section){"audit", bh_audit_settings, bh_n_audit_settings,
		&settings->log};
	sections[n++] = (struct bh_section){"gateway", BH_LIST(gateway_settings), &settings->gateway};
	sections[n++] = (struct bh_section){"engine", BH_LIST(engine_settings), &settings->engine};
	sections[n++] = (struct bh_section){"image", BH_LIST(image_settings), &settings->image};
	sections[n++] = (struct bh_section){"postgres", BH_LIST(postgres_settings),
		&settings->postgres};
	bh_places_sections(arena, services, &settings->platform.places, &sections[n]);
	n += BH_PLACES_SECTIONS;
	for (size_t i = 0; services[i] != NULL; i++)
		sections[n++] = (struct bh_section){services[i]->name, services[i]->settings,
			services[i]->n_settings, bh_arena_alloc(arena, services[i]->state_size + 1)};
	return n;
}

static int
check_listen(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	int64_t port;

	if (colon == NULL || colon == listen || bh_text_int(colon + 1, 1, 65535, &port) < 0)
		return bh_error(BH_E_CONFIG,
			"BULKHEAD_LISTEN or gateway.listen must be host:port, such as 127.0.0.1:8080");
	return 0;
}

/* What a browser would send as the origin of the console's pages. */
static int
check_public_url(const struct bh_nginx_conf *gateway)
{
	const char *url = gateway->public_url;
	bool is_web = bh_text_starts(url, "http://") || bh_text_starts(url, "https://");

	if (url[0] != '\0' && (!is_web || !bh_origin_is(url, strlen(url))))
		return bh_error(BH_E_CONFIG,
			"gateway.public_url must be an origin such as https://ai.example.org, without a path");
	if (bh_nginx_tls_is_on(&gateway->tls) && bh_text_starts(url, "http://"))
		return bh_error(BH_E_CONFIG,
			"gateway.public_url must begin with https://, because gateway.cert_file is set");
	if (gateway->tls.redirect_listen[0] != '\0' && url[0] == '\0')
		return bh_error(BH_E_CONFIG,
			"gateway.redirect_listen needs gateway.public_url, where it redirects to");
	return 0;
}

int
supervisor_settings_load(struct bh_arena *arena, const struct supervisor_place *place,
	const struct bh_service *const *services, struct supervisor_settings *out)
{
	struct bh_section sections[SECTIONS_MAX];
	struct supervisor_settings *settings = bh_arena_alloc(arena, sizeof(*settings));
	size_t n = collect(arena, services, settings, sections);
	const char *listen = getenv("BULKHEAD_LISTEN");
	int rc = bh_conf_load(arena, sections, n, place->conf, environ);

	if (rc < 0)
		return rc;
	if (listen != NULL && listen[0] != '\0')
		settings->gateway.listen = bh_arena_strdup(arena, listen);
	rc = check_listen(settings->gateway.listen);
	if (rc == 0)
		rc = check_public_url(&settings->gateway);
	if (rc == 0)
		rc = bh_nginx_tls_check(&settings->gateway.tls);
	if (rc == 0)
		rc = bh_nginx_names_check(settings->gateway.resolver);
	if (rc == 0)
		rc = bh_places_check(&settings->platform.places, services);
	if (rc == 0)
		rc = bh_object_conf_check(&settings->platform.object);
	if (rc == 0)
		rc = bh_mail_settings_check(&settings->platform.mail);
	if (rc == 0)
		rc = bh_fetch_settings_check(&settings->platform.fetch);
	if (rc == 0)
		rc = bh_trace_settings_check(&settings->platform.trace);
	if (rc == 0)
		rc = bh_shared_check(&settings->platform.limits);
	if (rc == 0)
		rc = supervisor_external_check(arena, &settings->platform, place->conf, services);
	if (rc == 0)
		rc = supervisor_image_conf_check(&settings->image);
	if (rc < 0)
		return rc;
	if (settings->postgres.connections == 0)
		/* While a service is replaced, there are two of it. */
		settings->postgres.connections = 2 * (int64_t)bh_services_count(services) *
				settings->platform.database_connections +
			POSTGRES_SPARE;
	if (settings->engine.threads == 0)
		settings->engine.threads = bh_processors();
	supervisor_image_conf_fill(&settings->image);
	settings->platform.home = place->home;
	settings->platform.run_dir = place->run;
	settings->platform.log_dir = place->logs;
	settings->platform.program_dir = place->programs;
	*out = *settings;
	return 0;
}

int
supervisor_settings_print(const struct supervisor_place *place,
	const struct bh_service *const *services, FILE *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_section sections[SECTIONS_MAX];
	struct supervisor_settings *settings = bh_arena_alloc(&arena, sizeof(*settings));
	size_t n = collect(&arena, services, settings, sections);

	return bh_conf_print(sections, n, place->conf, environ, out);
}

int
supervisor_settings_list(struct bh_arena *arena, const struct supervisor_place *place,
	const struct bh_service *const *services, struct bh_conf_value **out, size_t *out_n)
{
	struct bh_section sections[SECTIONS_MAX];
	struct supervisor_settings *settings = bh_arena_alloc(arena, sizeof(*settings));
	size_t n = collect(arena, services, settings, sections);

	return bh_conf_list(arena, sections, n, place->conf, environ, out, out_n);
}

const char *
supervisor_settings_url(struct bh_arena *arena, const struct supervisor_settings *settings)
{
	const struct bh_nginx_conf *gateway = &settings->gateway;
	bool is_tls = bh_nginx_tls_is_on(&gateway->tls);
	const char *listen = gateway->listen;
	const char *port = strrchr(listen, ':');
	bool everywhere = bh_text_starts(listen, "0.0.0.0:") || bh_text_starts(listen, "[::]:") ||
		bh_text_starts(listen, "*:");

	/* The certificate is for that name. */
	if (is_tls && gateway->public_url[0] != '\0')
		return gateway->public_url;
	return bh_arena_printf(arena, "%s://%s%s", is_tls ? "https" : "http",
		everywhere ? "127.0.0.1" : listen, everywhere ? port : "");
}

const char *
supervisor_settings_public_url(struct bh_arena *arena, const struct supervisor_settings *settings)
{
	const char *url = settings->gateway.public_url;

	return url[0] != '\0' ? url : supervisor_settings_url(arena, settings);
}
