/* SPDX-License-Identifier: Apache-2.0 */
/* http_invoice_pdf.c: an invoice as a file. */
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/invoice_pdf.h"
#include "billing/store_invoice.h"
#include "service/request.h"

static void
name_file(struct bh_request *req, const struct billing_invoice *invoice)
{
	bh_reply_header(req, "content-disposition",
		bh_arena_printf(req->arena, "attachment; filename=\"%s.pdf\"",
			invoice->number != NULL ? invoice->number : "draft"));
}

/* GET /api/billing/invoices/{invoice}/pdf, GET /api/tenants/{tenant}/invoices/{invoice}/pdf: made anew each time,
 * and always the same. */
int
billing_http_invoice_pdf(struct bh_request *req)
{
	const struct billing *billing = req->service;
	const struct billing_fonts fonts = {billing->conf.font, billing->conf.font_bold};
	BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
	struct billing_invoice_line *lines = NULL;
	struct billing_invoice invoice;
	struct bh_uuid id;
	size_t n = 0;
	int rc = bh_request_uuid(req, "invoice", &id);

	if (rc == 0)
		rc = billing_store_invoice_get(req->target_db, &req->target, &id, &invoice);
	if (rc == 0)
		rc = billing_store_line_list(req->target_db, &req->target, &id, &lines, &n);
	if (rc == 0)
		rc = billing_invoice_pdf(&invoice, lines, n, &fonts, &pdf);
	if (rc < 0)
		return bh_reply_error(req, rc, "invoice");
	name_file(req, &invoice);
	return bh_reply_bytes(req, 200, "application/pdf", pdf.data, pdf.len);
}
