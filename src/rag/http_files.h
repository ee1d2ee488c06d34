/* SPDX-License-Identifier: Apache-2.0 */
/* http_files.h: what uploads in parts share with files. */
#ifndef RAG_HTTP_FILES_H
#define RAG_HTTP_FILES_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_multipart;
struct bh_object_writer;
struct bh_request;

/* Writes the current part of a form, called `name`, into a new object, which is the caller's to publish and
 * to close. BH_E_TOO_LARGE beyond `most` bytes. */
BH_MUST_CHECK int rag_http_read_object(struct bh_request *req, struct bh_multipart *form,
	const char *name, int64_t most, const struct bh_uuid *id, struct bh_object_writer *writer);

#endif
