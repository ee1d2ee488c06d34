/* SPDX-License-Identifier: Apache-2.0 */
/* entitle.c: reads the entitlements in a token's claims. */
#include "service/entitle.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MODEL "model:"

/* Whether a word of `len` bytes means the name, which it may do by its beginning and "*". */
static bool
means(const char *word, size_t len, const char *name)
{
	if (len > 0 && word[len - 1] == '*')
		return strncmp(word, name, len - 1) == 0;
	return strlen(name) == len && strncmp(word, name, len) == 0;
}

bool
bh_entitled(const struct bh_claims *claims, const char *kind, const char *name)
{
	bool of_models = strcmp(kind, MODEL) == 0, limited = false;
	const char *word = claims->entitled;

	while (*word != '\0') {
		size_t len = strcspn(word, " ");
		bool names_model = bh_text_starts(word, MODEL);

		if (of_models && names_model) {
			limited = true;
			if (means(word + strlen(MODEL), len - strlen(MODEL), name))
				return true;
		} else if (!of_models && !names_model &&
			((len == 1 && word[0] == '*') ||
				(strlen(name) == len && strncmp(word, name, len) == 0)))
			return true;
		word += len + strspn(word + len, " ");
	}
	return claims->entitled[0] == '\0' || (of_models && !limited);
}

/* A plan that is not in order includes nothing. */
BH_MUST_CHECK static int
state_check(const struct bh_claims *claims)
{
	if (claims->plan_state[0] == '\0')
		return 0;
	if (strcmp(claims->plan_state, "paused") == 0)
		return bh_error(BH_E_PLAN_PAUSED, "The subscription is paused.");
	if (strcmp(claims->plan_state, "canceled") == 0)
		return bh_error(BH_E_PLAN_CANCELED, "The subscription has been canceled.");
	return bh_error(BH_E_PLAN_SUSPENDED,
		"The subscription is suspended because an invoice is unpaid.");
}

int
bh_entitle_check(const struct bh_claims *claims, const char *entitlement)
{
	int rc = state_check(claims);

	if (rc < 0 || strcmp(entitlement, BH_ENTITLED_ANY) == 0 || bh_entitled(claims, "", entitlement))
		return rc;
	return bh_error(BH_E_ENTITLEMENT, "The plan '%s' does not include '%s'.", claims->plan,
		entitlement);
}

int
bh_entitle_model(const struct bh_claims *claims, const char *model)
{
	int rc = state_check(claims);

	if (rc < 0 || bh_entitled(claims, MODEL, model))
		return rc;
	return bh_error(BH_E_ENTITLEMENT, "The plan '%s' does not include 'model:%.128s'.",
		claims->plan, model);
}
