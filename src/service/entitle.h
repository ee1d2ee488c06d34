/* SPDX-License-Identifier: Apache-2.0 */
/* entitle.h: what a tenant's plan lets it use, by the claims of its token. */
#ifndef BH_SERVICE_ENTITLE_H
#define BH_SERVICE_ENTITLE_H

#include <stdbool.h>

#include "base/macros.h"
#include "sec/claims.h"

/* A word that every plan in order includes. */
#define BH_ENTITLED_ANY "any"

/* Whether the plan includes a service (kind "", name "chat") or a model (kind "model:", its name). Services are
 * words, "*" is all of them. Models are all, unless words beginning with "model:" name the only ones; such a word
 * may end with "*". Claims without entitlements have no plan, which includes everything. */
bool bh_entitled(const struct bh_claims *claims, const char *kind, const char *name);

/* Whether the claims' tenant may use what belongs to `entitlement` ("chat", BH_ENTITLED_ANY). BH_E_ENTITLEMENT
 * names it; BH_E_PLAN_PAUSED, BH_E_PLAN_SUSPENDED, BH_E_PLAN_CANCELED. */
BH_MUST_CHECK int bh_entitle_check(const struct bh_claims *claims, const char *entitlement);

/* The same for a model by the name that the caller used. */
BH_MUST_CHECK int bh_entitle_model(const struct bh_claims *claims, const char *model);

#endif
