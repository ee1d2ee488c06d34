/* SPDX-License-Identifier: Apache-2.0 */
/* object.c: asks the object store for just the bytes that were uploaded. */
#include "rag/object.h"

#include <string.h>

#include "base/error.h"
#include "object/object.h"
#include "rag/rag.h"

static int
content_of(const struct rag_file *file, struct bh_object_content *out)
{
	if (file->sha256.len != sizeof(out->hash.bytes))
		return bh_error(BH_E_INTERNAL, "a file's row has no SHA-256");
	out->bytes = file->bytes;
	memcpy(out->hash.bytes, file->sha256.data, sizeof(out->hash.bytes));
	return 0;
}

int
rag_object_open(const struct rag *rag, const struct bh_uuid *tenant, const struct rag_file *file,
	int *out_fd)
{
	struct bh_object_content content;
	int64_t bytes;
	int rc = content_of(file, &content);

	return rc < 0
		? rc
		: bh_object_read(rag->objects, tenant, &file->object_id, &content, out_fd, &bytes);
}

int
rag_object_stream(const struct rag *rag, const struct bh_uuid *tenant, const struct rag_file *file,
	const struct bh_http_range *part, int watch_fd, struct bh_object_stream *out)
{
	struct bh_object_content content;
	int rc = content_of(file, &content);

	return rc < 0 ? rc
				  : bh_object_stream_open(rag->objects, tenant, &file->object_id, &content, part,
						watch_fd, out);
}
