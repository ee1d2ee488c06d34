/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.h: what a service is given to know, by the supervisor over an inherited descriptor or in files.
 *
 * BULKHEAD_SECRETS_FD names a pipe's read end; the text is lines `name value`, values in hex:
 *     service <64 hex>        this service's own secret, by which it proves itself to the issuer of tokens
 *     data <64 hex>           its key for data at rest (derived from the master key per service)
 *     object ID SECRET        the access key of the object store, for a service that keeps objects
 *     peer NAME <64 hex>      the issuer only: SHA-256 of each other service's secret
 *     wire <64 hex>           what all members of the platform show each other over TCP (service/places.h)
 *     wire-also <64 hex>      what is accepted besides, while that is changed
 * The text, BH_SECRETS_BYTES_MAX at most, ends with the pipe. The descriptor is closed after reading, the buffer wiped.
 *
 * Where there is no supervisor, BULKHEAD_SECRETS_DIR names a folder with a file for each line, named by its kind
 * (`service`, `data`, `object`, `wire`, `wire-also`, and `peer-NAME`), that holds what stands behind the kind, with or without a
 * line end. A folder in it with the name of the process stands above it, so that one folder may hold those of all.
 * A file that everybody can read is refused. */
#ifndef BH_SERVICE_SECRETS_H
#define BH_SERVICE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"
#include "object/object.h"
#include "sec/digest.h"
#include "service/services.h"

#define BH_SECRETS_BYTES_MAX 8192u

struct bh_peer_secret {
	char name[32];
	struct bh_digest hash;
};

struct bh_service_secrets {
	struct bh_secret service;
	struct bh_secret data;
	struct bh_secret wire;
	struct bh_secret wire_also;
	bool has_wire, has_wire_also;
	struct bh_object_key object;                      /* empty: none was passed */
	struct bh_peer_secret peers[BH_SERVICES_MAX + 1]; /* the services and "supervisor" */
	size_t n_peers;
};

/* Reads and closes the descriptor. BH_E_CONFIG when it is absent or malformed. */
BH_MUST_CHECK int bh_service_secrets_read(int fd, struct bh_service_secrets *out);
/* Reads the folder. BH_E_CONFIG names the file and says what is wrong with it. */
BH_MUST_CHECK int bh_service_secrets_read_dir(const char *dir, const char *process,
	struct bh_service_secrets *out);
/* Where a process's secret of another form lies, whoever reads it: `shared`, the password of limits.shared. In the
 * arena; NULL: there is none. */
const char *bh_service_secrets_file(struct bh_arena *arena, const char *dir, const char *process,
	const char *name);
/* Reads one of its files: 64 hex digits. BH_E_NOT_FOUND, BH_E_CONFIG. */
BH_MUST_CHECK int bh_service_secrets_read_one(const char *dir, const char *process,
	const char *name, struct bh_secret *out);
/* Reads `object`: the access key of the object store. BH_E_NOT_FOUND, BH_E_CONFIG. */
BH_MUST_CHECK int bh_service_secrets_read_object(const char *dir, const char *process,
	struct bh_object_key *out);
void bh_service_secrets_close(struct bh_service_secrets *secrets);

#endif
