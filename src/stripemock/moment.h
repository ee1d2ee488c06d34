/* SPDX-License-Identifier: Apache-2.0 */
/* moment.h: when something is to happen with an object next. */
#ifndef BH_STRIPEMOCK_MOMENT_H
#define BH_STRIPEMOCK_MOMENT_H

#include "stripemock/value.h"

/* In seconds since 1970, by the object's clock; 0: never. */
int64_t stripemock_moment_due(const char *kind, const struct stripemock_value *body);

#endif
