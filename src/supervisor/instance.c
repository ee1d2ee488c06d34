/* SPDX-License-Identifier: Apache-2.0 */
/* instance.c: gathers what a start needs, and hands each service its secrets. */
#include "supervisor/instance.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "service/secrets.h"
#include "supervisor/file.h"
#include "supervisor/layout.h"

#define SELF "supervisor"

int
supervisor_instance_find(const struct bh_service *const *services, struct supervisor_instance *out)
{
	struct supervisor_instance instance = {.services = services, .url = ""};
	int rc = supervisor_place_find(&instance.arena, &instance.place);

	if (rc < 0) {
		bh_arena_close(&instance.arena);
		return rc;
	}
	instance.n_services = bh_services_count(services);
	*out = instance;
	return 0;
}

int
supervisor_instance_open(const struct bh_service *const *services, struct supervisor_instance *out)
{
	struct supervisor_instance instance;
	int rc = supervisor_instance_find(services, &instance);

	if (rc < 0)
		return rc;
	rc = supervisor_settings_load(&instance.arena, &instance.place, services, &instance.settings);
	if (rc < 0) {
		bh_arena_close(&instance.arena);
		return rc;
	}
	supervisor_instance_reach(&instance,
		supervisor_settings_url(&instance.arena, &instance.settings));
	*out = instance;
	return 0;
}

void
supervisor_instance_reach(struct supervisor_instance *instance, const char *url)
{
	instance->url = url;
	instance->local = url;
	if (bh_text_starts(url, "https://"))
		instance->local = bh_arena_printf(&instance->arena, "unix:" BH_NGINX_LOCAL_SOCKET,
			instance->place.run);
}

static void
make_peer(struct supervisor_instance *instance, const char *name)
{
	struct supervisor_peer *peer = &instance->peers[instance->n_peers++];

	peer->name = name;
	bh_random(peer->secret.bytes, sizeof(peer->secret.bytes));
}

/* A service that could not be given its key would be started again and again: better told at once. */
static int
try_object_key(const struct supervisor_instance *instance)
{
	const struct bh_object_conf *conf = &instance->settings.platform.object;
	struct bh_object_key key;
	int rc;

	if (!bh_object_conf_uses_s3(conf))
		return 0;
	rc = bh_object_key_read(conf->s3_key_file, &key);
	if (rc == 0)
		bh_object_key_close(&key);
	return rc;
}

int
supervisor_instance_prepare(struct supervisor_instance *instance)
{
	int rc = supervisor_manifest_read(&instance->arena, instance->place.programs,
		instance->place.home, instance->settings.engine.chat_model, &instance->manifest);

	if (rc == 0)
		rc = supervisor_layout_make(&instance->place, instance->services, &instance->master);
	if (rc == 0 && instance->place.as_root)
		rc = supervisor_layout_reachable(instance->manifest.postgres_bin);
	if (rc == 0 && instance->place.as_root)
		rc = supervisor_layout_reachable(instance->manifest.engine_runner);
	if (rc < 0)
		return rc;
	rc = try_object_key(instance);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < instance->n_services; i++)
		make_peer(instance, instance->services[i]->name);
	make_peer(instance, SELF);
	return 0;
}

int
supervisor_instance_adopt(struct supervisor_instance *instance, const char *dir)
{
	struct supervisor_peer self = {.name = SELF};
	int rc;

	if (supervisor_instance_secret(instance, SELF) != NULL)
		return 0;
	rc = bh_service_secrets_read_one(dir, SELF, "service", &self.secret);
	if (rc == 0)
		rc = bh_service_secrets_read_one(dir, SELF, "wire", &instance->wire);
	instance->has_wire = rc == 0;
	if (rc == 0)
		instance->peers[instance->n_peers++] = self;
	bh_wipe(&self, sizeof(self));
	return rc == BH_E_NOT_FOUND ? bh_error(BH_E_CONFIG, "%s", bh_error_detail(rc)) : rc;
}

void
supervisor_instance_close(struct supervisor_instance *instance)
{
	bh_secret_close(&instance->wire);
	for (size_t i = 0; i < instance->n_peers; i++)
		bh_secret_close(&instance->peers[i].secret);
	instance->n_peers = 0;
	bh_secret_close(&instance->master);
	bh_arena_close(&instance->arena);
}

const struct bh_secret *
supervisor_instance_secret(const struct supervisor_instance *instance, const char *name)
{
	for (size_t i = 0; i < instance->n_peers; i++) {
		if (strcmp(instance->peers[i].name, name) == 0)
			return &instance->peers[i].secret;
	}
	return NULL;
}

static void
add_hex(struct bh_buf *out, const uint8_t bytes[32])
{
	char hex[65];

	bh_text_hex(bytes, 32, hex);
	bh_buf_text(out, hex);
	bh_buf_char(out, '\n');
	bh_wipe(hex, sizeof(hex));
}

/* Read at each start of the service, so that a changed key needs no restart of the platform. */
static int
write_object_key(const struct supervisor_instance *instance, const char *name, struct bh_buf *out)
{
	const struct bh_object_conf *conf = &instance->settings.platform.object;
	const struct bh_service *service = bh_services_find(instance->services, name);
	struct bh_object_key key;
	int rc;

	if (service == NULL || !service->keeps_objects || !bh_object_conf_uses_s3(conf))
		return 0;
	rc = bh_object_key_read(conf->s3_key_file, &key);
	if (rc < 0)
		return rc;
	bh_buf_text(out, "object ");
	bh_buf_text(out, key.id);
	bh_buf_char(out, ' ');
	bh_buf_text(out, key.secret);
	bh_buf_char(out, '\n');
	bh_object_key_close(&key);
	return 0;
}

static void
derive_data(const struct bh_secret *master, const char *service, struct bh_secret *out)
{
	char label[64];

	snprintf(label, sizeof(label), "data:%.32s", service);
	bh_secret_derive(master, label, out);
}

void
supervisor_instance_object_secret_of(const struct bh_secret *master, const char *service,
	struct bh_secret *out)
{
	struct bh_secret data;

	derive_data(master, service, &data);
	bh_object_secret(&data, out);
	bh_secret_close(&data);
}

static int
read_master(const struct supervisor_instance *instance, struct bh_secret *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};
	char path[4096];
	int rc;

	snprintf(path, sizeof(path), "%s/master.key", instance->place.home);
	rc = supervisor_file_read(path, sizeof(out->bytes), &key);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_CONFIG, "there is no master key %s", path);
	else if (rc == 0 && key.len != sizeof(out->bytes))
		rc = bh_error(BH_E_CONFIG, "the master key %s is damaged: expected 32 bytes", path);
	if (rc == 0)
		memcpy(out->bytes, key.data, key.len);
	if (key.data != NULL)
		bh_wipe(key.data, key.len);
	return rc;
}

int
supervisor_instance_object_secret(const struct supervisor_instance *instance, const char *service,
	struct bh_secret *out)
{
	const char *dir = getenv("BULKHEAD_SECRETS_DIR");
	struct bh_secret data = {{0}}, master = {{0}};
	int rc = dir != NULL && dir[0] != '\0'
		? bh_service_secrets_read_one(dir, service, "data", &data)
		: BH_E_NOT_FOUND;

	if (rc == BH_E_NOT_FOUND) {
		rc = read_master(instance, &master);
		if (rc == 0)
			supervisor_instance_object_secret_of(&master, service, out);
		bh_secret_close(&master);
		return rc;
	}
	if (rc == 0)
		bh_object_secret(&data, out);
	bh_secret_close(&data);
	return rc;
}

static int
write_secrets(const struct supervisor_instance *instance, const char *name, struct bh_buf *out)
{
	const struct bh_secret *own = supervisor_instance_secret(instance, name);
	struct bh_secret data;

	derive_data(&instance->master, name, &data);
	bh_buf_text(out, "service ");
	add_hex(out, own->bytes);
	bh_buf_text(out, "data ");
	add_hex(out, data.bytes);
	bh_secret_close(&data);
	if (strcmp(name, bh_services_issuer(instance->services)->name) != 0)
		return write_object_key(instance, name, out);
	for (size_t i = 0; i < instance->n_peers; i++) {
		struct bh_digest hash;

		bh_digest_sha256(instance->peers[i].secret.bytes, sizeof(struct bh_secret), &hash);
		bh_buf_printf(out, "peer %s ", instance->peers[i].name);
		add_hex(out, hash.bytes);
	}
	return write_object_key(instance, name, out);
}

int
supervisor_instance_secrets(const struct supervisor_instance *instance, const char *name,
	int *out_fd)
{
	struct bh_buf text = {0};
	int ends[2];
	bool written = false;
	int rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return bh_error(BH_E_IO, "pipe: %m");
	/* Room beforehand, so that no grown-out copy stays behind on the heap. Fits the pipe's buffer. */
	bh_buf_room(&text, BH_SECRETS_BYTES_MAX);
	rc = write_secrets(instance, name, &text);
	if (rc == 0)
		written = write(ends[1], text.data, text.len) == (ssize_t)text.len;
	bh_wipe(text.data, text.len);
	bh_buf_close(&text);
	close(ends[1]);
	if (!written) {
		close(ends[0]);
		return rc < 0 ? rc : bh_error(BH_E_IO, "pass the secrets: %m");
	}
	*out_fd = ends[0];
	return 0;
}
