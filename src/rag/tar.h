/* SPDX-License-Identifier: Apache-2.0 */
/* tar.h: the headers of a tar archive (ustar, POSIX.1-1988), of plain files only. */
#ifndef RAG_TAR_H
#define RAG_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define RAG_TAR_BLOCK 512
#define RAG_TAR_NAME 100
#define RAG_TAR_BYTES_MAX 8589934591LL /* eleven octal digits */

struct rag_tar_member {
	char name[RAG_TAR_NAME + 1];
	int64_t bytes;
};

void rag_tar_write(const struct rag_tar_member *member, int64_t mtime_s,
	uint8_t out[RAG_TAR_BLOCK]);
/* *out_end: a block of zeros. BH_E_INVALID: no header, or not of a plain file. */
BH_MUST_CHECK int rag_tar_read(const uint8_t block[RAG_TAR_BLOCK], struct rag_tar_member *out,
	bool *out_end);
/* Zeros behind so many bytes. */
size_t rag_tar_padding(int64_t bytes);

#endif
