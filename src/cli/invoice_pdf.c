/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_pdf.c: bulkhead invoice pdf: writes an invoice to a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/api.h"
#include "cli/billing.h"
#include "cli/call.h"
#include "cli/commands.h"

enum { PDF_MAX = 32 * 1024 * 1024 };

static int
fetch(struct cli *cli, const char *path, struct bh_buf *out)
{
	const struct cli_call send = {.url = cli_api_path(cli, "unix:%s", cli->instance.place.control),
		.method = "GET",
		.path = path};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_http_client *client = NULL;
	struct bh_http_reply reply = {0};
	int status = CLI_OK;
	int rc = cli_call_open(&send, &client, &reply);

	if (rc == BH_E_CONNECT)
		return cli_api_not_running(cli->instance.place.home);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, PDF_MAX, out);
	if (rc == 0 && reply.status != 200) {
		if (bh_json_parse(bh_buf_string(out), out->len, &doc) < 0)
			bh_error_clear();
		cli_api_refused(reply.status, doc.root);
		status = reply.status == 404 ? CLI_NOT_FOUND : CLI_FAILED;
	}
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	return rc < 0 ? cli_fail(rc) : status;
}

static int
save(const char *path, const struct bh_buf *pdf)
{
	size_t done = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return cli_refuse(CLI_FAILED, "cannot create %s: %m", path);
	while (done < pdf->len) {
		ssize_t n = write(fd, pdf->data + done, pdf->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	if (close(fd) < 0 || done < pdf->len) {
		unlink(path);
		return cli_refuse(CLI_FAILED, "cannot write %s: %m", path);
	}
	cli_say("%zu bytes written to %s", pdf->len, path);
	return CLI_OK;
}

int
cli_invoice_pdf(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf pdf = {0};
	char tenant[BH_UUID_TEXT];
	const char *id = NULL;
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK && cli->options.out == NULL)
		status = cli_refuse(CLI_USAGE, "--out is required: the file to write");
	if (status == CLI_OK)
		status = cli_noun_find(cli, &cli_invoices, tenant, cli->args[0], &id);
	if (status == CLI_OK)
		status = fetch(cli,
			cli_api_path(cli, "%s/%s/pdf", cli_api_of(cli, "billing", tenant, "invoices"),
				cli_api_escape(cli, id)),
			&pdf);
	return status == CLI_OK ? save(cli->options.out, &pdf) : status;
}
