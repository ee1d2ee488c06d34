/* SPDX-License-Identifier: Apache-2.0 */
/* object.h: what the doctor asks about the object store. */
#ifndef BH_CLI_OBJECT_H
#define BH_CLI_OBJECT_H

#include "base/macros.h"

struct cli;

/* Assumes the role and lists the bucket, if objects are kept in S3. 0, or why that does not work. */
BH_MUST_CHECK int cli_object_try(struct cli *cli);

#endif
