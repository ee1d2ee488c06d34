/* SPDX-License-Identifier: Apache-2.0 */
/* price.h: what a call costs. */
#ifndef BH_MODEL_PRICE_H
#define BH_MODEL_PRICE_H

#include <stdint.h>

/* Cost of a call in nano-units, rounded up once; saturates at INT64_MAX. Prices are nano-units per
 * million tokens. */
int64_t model_cost(int64_t price_in, int64_t price_out, int64_t prompt, int64_t completion);

#endif
