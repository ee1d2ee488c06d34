/* SPDX-License-Identifier: Apache-2.0 */
/* file_name.h: what a part of multipart calls its file, in each of the ways that clients have. Only src/http
 * includes it. */
#ifndef BH_HTTP_FILE_NAME_H
#define BH_HTTP_FILE_NAME_H

#include "http/disposition.h"

/* Zeroed is ready. */
struct bh_file_name {
	char plain[BH_DISPOSITION_TEXT], encoded[BH_DISPOSITION_TEXT];
	bool has_plain, has_encoded; /* there is one, good or bad */
	bool is_plain_good, is_encoded_good;
	char pieces[BH_DISPOSITION_VALUE]; /* of a name that is cut (RFC 2231), so far */
	unsigned n_pieces;
	bool are_encoded, are_too_long;
};

/* Takes a parameter if it names the file: filename, also with encoded words (RFC 2047) or in ISO-8859-1; filename*
 * (RFC 8187); filename*0, filename*1* and so on. False: it does so a second time. */
BH_MUST_CHECK bool bh_file_name_take(struct bh_file_name *file, const char *name, const char *text);

/* The name, when all parameters are taken; NULL: there is none that is good. The encoded one counts: clients that
 * send both can write the other only in part. Borrowed from *file. */
const char *bh_file_name_choose(struct bh_file_name *file);

#endif
