/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.h: what a client is told whose act does not fit a limit. */
#ifndef BH_METER_REFUSAL_H
#define BH_METER_REFUSAL_H

#include "base/macros.h"
#include "meter/books.h"

/* BH_E_OVER_BUDGET with a detail that names the limit, whose it is, its window and when it frees. The reply has
 * x-should-retry: false. `refusal` is none of METER_ADMITTED. */
BH_MUST_CHECK int meter_refusal_error(const struct meter_refusal *refusal);

#endif
