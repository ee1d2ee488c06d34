/* SPDX-License-Identifier: Apache-2.0 */
/* s3_sign.h: AWS Signature Version 4 over what a request says. Pure: the time is an argument. */
#ifndef BH_OBJECT_S3_SIGN_H
#define BH_OBJECT_S3_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"

/* By whom a request is signed. Text is borrowed; token NULL for a key that is not a session's. */
struct s3_signer {
	const char *id, *secret, *token;
	const char *region, *service; /* "s3", "sts" */
};

struct s3_pair {
	const char *name, *value;
};

#define S3_TIME_TEXT 17 /* 20261129T074512Z and the NUL */
#define S3_EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* What is signed. Names of headers are in lower case; params and headers are sorted by name. The path
 * holds only characters that need no escape. */
struct s3_signing {
	const struct s3_signer *signer;
	int64_t time_ms; /* wall clock, as the server has it */
	const char *method, *path;
	const struct s3_pair *params;
	size_t n_params;
	const struct s3_pair *headers; /* all that are signed, host among them */
	size_t n_headers;
	const char *payload_hash; /* hex */
};

void s3_time_text(int64_t time_ms, char out[S3_TIME_TEXT]);

/* Appends "name=value&…", escaped; the canonical form as well as the sent one. */
void s3_query(struct bh_buf *out, const struct s3_pair *params, size_t n);

/* Appends the value of the Authorization header. */
void s3_sign(const struct s3_signing *signing, struct bh_buf *out);

/* Appends the query of a URL that is good for `seconds`. The params are what it asks for besides; their names
 * begin in lower case, so that they sort behind those of the signature. */
void s3_sign_url(const struct s3_signing *signing, int64_t seconds, struct bh_buf *out);

#endif
