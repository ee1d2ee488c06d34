/* SPDX-License-Identifier: Apache-2.0 */
/* ahead.h: an answer of the model service that is read as fast as it comes, into a file, whatever its client does: who
 * reads slowly keeps no place at an engine. */
#ifndef BH_MULTIMODAL_AHEAD_H
#define BH_MULTIMODAL_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"
#include "http/client.h"

struct multimodal_ahead;

struct multimodal_ahead_conf {
	const char *spool_dir;  /* where the file without a name lies */
	size_t bytes_max;       /* of the answer, for which the caller has reserved the disk */
	int watch_fd;           /* the client's socket: its hang-up ends it with BH_E_GONE; -1: none */
	const bool *stopping;   /* atomic, borrowed: true ends it with BH_E_CANCELLED */
	const char *request_id; /* for its lines of log */
};

/* Starts to read the reply, which is taken (zeroed) if that goes well. BH_E_IO, BH_E_NO_ROOM, BH_E_UNAVAILABLE. */
BH_MUST_CHECK int multimodal_ahead_open(const struct multimodal_ahead_conf *conf,
	struct bh_http_reply *reply, struct multimodal_ahead **out);

/* The next bytes, once there are some; 0 at the end. Errors of bh_http_reply_read, once what came before was given;
 * BH_E_PROTOCOL also for an answer that is too long. */
ssize_t multimodal_ahead_read(struct multimodal_ahead *ahead, char *out, size_t size);

/* Ends the reading and closes the reply. Safe on NULL. */
void multimodal_ahead_close(struct multimodal_ahead *ahead);

#endif
