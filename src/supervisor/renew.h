/* SPDX-License-Identifier: Apache-2.0 */
/* renew.h: gives the gateway the certificate of the public address, and notices that it was renewed. */
#ifndef BH_SUPERVISOR_RENEW_H
#define BH_SUPERVISOR_RENEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/macros.h"

struct bh_arena;
struct bh_nginx_tls;
struct supervisor_instance;

/* What tells one version of a file from the next. */
struct supervisor_file_stamp {
	dev_t device;
	ino_t inode;
	off_t bytes;
	struct timespec changed;
};

/* The certificate and its key, as they were when the gateway was last told. Zeroed at the start. */
struct supervisor_renewal {
	int64_t look_at_ms; /* steady clock */
	struct supervisor_file_stamp served[2], refused[2];
};

/* Checks the pair and copies it to the state folder, where the gateway's user reads it and where it stays a pair while a
 * renewal writes one file after the other; *tls names the copies then. Without TLS, nothing. BH_E_CONFIG, BH_E_IO. */
BH_MUST_CHECK int supervisor_renew_install(const struct supervisor_instance *instance,
	struct bh_arena *arena, struct bh_nginx_tls *tls);

/* Looks at both files every two seconds: true once either has changed and they fit, and the gateway is to read them.
 * Until then, as when a renewal has written one of the two, it goes on with the pair it has, and a pair that does not fit
 * is logged once. */
bool supervisor_renew(struct supervisor_renewal *renewal,
	const struct supervisor_instance *instance, int64_t now_ms);

#endif
