/* SPDX-License-Identifier: Apache-2.0 */
/* object.h: a file's bytes, as its row says they are. */
#ifndef RAG_OBJECT_H
#define RAG_OBJECT_H

#include "base/macros.h"
#include "base/uuid.h"

struct bh_http_range;
struct bh_object_stream;
struct rag;
struct rag_file;

/* Opens the object of a file to be read: a descriptor of all of its bytes, owned by the caller. Errors of
 * bh_object_read. */
BH_MUST_CHECK int rag_object_open(const struct rag *rag, const struct bh_uuid *tenant,
	const struct rag_file *file, int *out_fd);
/* The same, or a part of it (NULL: all), to be sent to a client. Errors of bh_object_stream_open. */
BH_MUST_CHECK int rag_object_stream(const struct rag *rag, const struct bh_uuid *tenant,
	const struct rag_file *file, const struct bh_http_range *part, int watch_fd,
	struct bh_object_stream *out);

#endif
