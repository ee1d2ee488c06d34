/* SPDX-License-Identifier: Apache-2.0 */
/* s3_xml.h: reads the small XML documents that S3 and STS answer with. Only elements and their text: a
 * document with a DTD or a CDATA section is refused, attributes and comments are skipped. */
#ifndef BH_OBJECT_S3_XML_H
#define BH_OBJECT_S3_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"

#define S3_XML_DEPTH_MOST 16
#define S3_XML_NAME_MOST 63

/* A document as it is read. Zeroed but for text and len, which are borrowed. */
struct s3_xml {
	const char *text;
	size_t len, at;
	char names[S3_XML_DEPTH_MOST][S3_XML_NAME_MOST + 1]; /* of the elements that are open */
	size_t depth;
	bool begun;        /* the root was opened */
	struct bh_buf buf; /* owned: text of the innermost element so far */
};

/* The end of an element. Strings live until the next call. */
struct s3_xml_end {
	const char *name;   /* without a namespace's prefix */
	const char *parent; /* "" for the root */
	const char *value;  /* what stands behind the last tag in it; decoded, never NULL */
};

/* 1: *out is filled; 0: the document has ended; BH_E_PROTOCOL: it is not well-formed, or too deep. */
BH_MUST_CHECK int s3_xml_next(struct s3_xml *xml, struct s3_xml_end *out);
void s3_xml_close(struct s3_xml *xml); /* safe on a zeroed one, and twice */

#endif
