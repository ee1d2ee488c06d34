/* SPDX-License-Identifier: Apache-2.0 */
/* vat.h: VAT identification numbers: their form and check digits. Whether one was given to anybody, only the
 * authorities know; nobody is asked here. */
#ifndef BH_BILLING_VAT_H
#define BH_BILLING_VAT_H

#include <stdbool.h>

enum { BILLING_VAT_MOST = 15 };

/* Of a member of the European Union its form and check digits; of another country, two capital letters and 2 to
 * 13 letters and digits. */
bool billing_vat_is_valid(const char *vat_id);

/* Whether it is of this member of the European Union, and valid. Greece's begin with EL. */
bool billing_vat_is_of(const char *vat_id, const char *country);

#endif
