/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h: rows as comma-separated values (RFC 4180), for spreadsheets. */
#ifndef BH_JSON_CSV_H
#define BH_JSON_CSV_H

#include "base/buf.h"
#include "json/fields.h"

/* The fields' names as the first line. */
void bh_csv_head(struct bh_buf *out, const struct bh_field *fields, size_t n);

/* One line: IDs, texts, dates, times, numbers, truth values and money. Empty is an empty cell. */
void bh_csv_row(struct bh_buf *out, const struct bh_field *fields, size_t n, const void *row);

/* One cell of text: quoted where it must be. What a spreadsheet would take for a formula gets an apostrophe
 * in front. */
void bh_csv_text(struct bh_buf *out, const char *text);

#endif
