/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_form.c: parameters as a form: the brackets of names are escaped with the rest. */
#include "billing/stripe_client.h"

#include <stdio.h>

#include "base/text.h"

void
stripe_form_text(struct stripe_form *form, const char *name, const char *value)
{
	if (form->text.len > 0)
		bh_buf_char(&form->text, '&');
	bh_text_url(&form->text, name);
	bh_buf_char(&form->text, '=');
	bh_text_url(&form->text, value);
}

void
stripe_form_int(struct stripe_form *form, const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	stripe_form_text(form, name, text);
}

void
stripe_form_bool(struct stripe_form *form, const char *name, bool value)
{
	stripe_form_text(form, name, value ? "true" : "false");
}

void
stripe_form_close(struct stripe_form *form)
{
	bh_buf_close(&form->text);
}
