/* SPDX-License-Identifier: Apache-2.0 */
/* fields.h: described objects as JSON, for the check that holds the API's description against them. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include "json/fields.h"

/* A member of that name: {"name", "fields"}, or null for no shape or one without a name. */
void cli_fields_write(struct bh_write *write, const char *name, const struct bh_shape *shape);

#endif
