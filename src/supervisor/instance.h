/* SPDX-License-Identifier: Apache-2.0 */
/* instance.h: everything one running platform was started with. */
#ifndef BH_SUPERVISOR_INSTANCE_H
#define BH_SUPERVISOR_INSTANCE_H

#include "base/arena.h"
#include "sec/digest.h"
#include "service/services.h"
#include "supervisor/manifest.h"
#include "supervisor/place.h"
#include "supervisor/settings.h"

/* A service's own secret, created at every start of the supervisor. */
struct supervisor_peer {
	const char *name;
	struct bh_secret secret;
};

struct supervisor_instance {
	struct bh_arena arena; /* owned: text of the whole start */
	struct supervisor_place place;
	struct supervisor_settings settings;
	struct supervisor_manifest manifest;
	const struct bh_service *const *services; /* borrowed; ends with NULL */
	size_t n_services;
	const char *url; /* public */
	const char *
		local; /* where a program of this machine reaches the same, whatever name the certificate is for */
	struct bh_secret master;
	struct supervisor_peer peers[BH_SERVICES_MAX + 1]; /* the services and "supervisor" */
	size_t n_peers;
	struct bh_secret wire; /* of a platform whose processes run apart (service/secrets.h) */
	bool has_wire;
};

/* Finds places only: for what must work while the settings are wrong. */
BH_MUST_CHECK int supervisor_instance_find(const struct bh_service *const *services,
	struct supervisor_instance *out);
/* Finds places, loads settings. Nothing is made or started. */
BH_MUST_CHECK int supervisor_instance_open(const struct bh_service *const *services,
	struct supervisor_instance *out);
/* Sets url, and local to fit it. */
void supervisor_instance_reach(struct supervisor_instance *instance, const char *url);
/* Reads the manifest, makes folders and keys: what a start needs besides. */
BH_MUST_CHECK int supervisor_instance_prepare(struct supervisor_instance *instance);
/* Takes the supervisor's own secret and `wire` from a folder of secrets, for the operator's calls to services that
 * were started by somebody else. BH_E_CONFIG. */
BH_MUST_CHECK int supervisor_instance_adopt(struct supervisor_instance *instance, const char *dir);
void supervisor_instance_close(struct supervisor_instance *instance);

/* A pipe's read end with what a service gets by descriptor (service/secrets.h). The caller closes it. */
BH_MUST_CHECK int supervisor_instance_secrets(const struct supervisor_instance *instance,
	const char *name, int *out_fd);

/* What tenants' keys in the object store are sealed under (object.h): of the data key of the service that keeps
 * objects, from the folder of secrets where processes run apart, else made of the master key. BH_E_CONFIG. */
BH_MUST_CHECK int supervisor_instance_object_secret(const struct supervisor_instance *instance,
	const char *service, struct bh_secret *out);
/* The same of a given master key. */
void supervisor_instance_object_secret_of(const struct bh_secret *master, const char *service,
	struct bh_secret *out);
/* The own secret of a peer ("supervisor"); NULL if there is none. */
const struct bh_secret *supervisor_instance_secret(const struct supervisor_instance *instance,
	const char *name);

#endif
