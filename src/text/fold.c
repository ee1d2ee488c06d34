/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c: case and normal forms by libunistring, then marks away. */
#include "text/fold.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/error.h"
#include "text/points.h"

static void
free_bytes(uint8_t **bytes)
{
	free(*bytes);
}

static uint8_t *
uncased(const uint8_t *text, size_t len, size_t *out_len)
{
	BH_AUTO(free_bytes) uint8_t *lower = NULL;
	size_t lower_len = 0;

	lower = u8_tolower(text, len, NULL, NULL, NULL, &lower_len);
	return lower == NULL ? NULL : u8_normalize(UNINORM_NFD, lower, lower_len, NULL, out_len);
}

static bool
is_dropped(enum bh_fold_form form, uint32_t c)
{
	return uc_is_general_category(c, form == BH_FOLD_BARE ? UC_CATEGORY_M : UC_NON_SPACING_MARK);
}

static void
add_without_marks(enum bh_fold_form form, const char *text, size_t len, struct bh_buf *out)
{
	size_t bytes;

	for (size_t at = 0; at < len; at += bytes) {
		uint32_t c = bh_point_at(text, len, at, &bytes);

		if (c == 0x2019 && form == BH_FOLD_BARE)
			bh_buf_char(out, '\'');
		else if (!is_dropped(form, c))
			bh_buf_add(out, text + at, bytes);
	}
}

int
bh_fold(enum bh_fold_form form, const char *text, size_t len, struct bh_buf *out)
{
	const uint8_t *bytes = (const uint8_t *)text;
	BH_AUTO(free_bytes) uint8_t *folded = NULL;
	size_t folded_len = 0;

	if (len == 0)
		return 0;
	if (form == BH_FOLD_UNCASED)
		folded = uncased(bytes, len, &folded_len);
	else
		folded = u8_casefold(bytes, len, NULL, form == BH_FOLD_INDEX ? UNINORM_NFKC : UNINORM_NFKD,
			NULL, &folded_len);
	if (folded == NULL)
		return errno == ENOMEM ? BH_E_MEMORY : BH_E_UTF8;
	if (form == BH_FOLD_INDEX)
		bh_buf_add(out, folded, folded_len);
	else
		add_without_marks(form, (const char *)folded, folded_len, out);
	return 0;
}
