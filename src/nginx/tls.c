/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c: writes the listening lines of the public server. */
#include "nginx/tls.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sec/certificate.h"

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

bool
bh_nginx_tls_is_on(const struct bh_nginx_tls *tls)
{
	return is_set(tls->certificate);
}

int
bh_nginx_tls_check(const struct bh_nginx_tls *tls)
{
	if (is_set(tls->certificate) != is_set(tls->key))
		return bh_error(BH_E_CONFIG,
			"gateway.cert_file and gateway.key_file are set together or not at all");
	if (is_set(tls->redirect_listen) && !bh_nginx_tls_is_on(tls))
		return bh_error(BH_E_CONFIG,
			"gateway.redirect_listen needs gateway.cert_file: without TLS there is nothing "
			"to "
			"redirect to");
	if (is_set(tls->acme_dir) && !is_set(tls->redirect_listen))
		return bh_error(BH_E_CONFIG,
			"gateway.acme_dir needs gateway.redirect_listen: its files are read over plain HTTP");
	return 0;
}

int
bh_nginx_tls_read(const struct bh_nginx_tls *tls)
{
	struct bh_certificate certificate;
	int64_t now_s = bh_clock_wall_ms() / 1000;
	int rc;

	if (!bh_nginx_tls_is_on(tls))
		return 0;
	rc = bh_certificate_read(tls->certificate, tls->key, &certificate);
	if (rc == 0 && certificate.until_s <= now_s)
		bh_log(BH_LOG_WARN, "the certificate in %s has expired: clients refuse the connection",
			tls->certificate);
	else if (rc == 0 && certificate.from_s > now_s)
		bh_log(BH_LOG_WARN, "the certificate in %s is not valid yet: clients refuse the connection",
			tls->certificate);
	return rc;
}

void
bh_nginx_tls_write(struct bh_buf *out, const struct bh_nginx_tls *tls, const char *listen,
	const char *run_dir)
{
	if (!bh_nginx_tls_is_on(tls)) {
		bh_buf_printf(out, "\t\tlisten %s default_server;\n", listen);
		return;
	}
#if BH_NGINX_VERSION >= 1025001
	bh_buf_printf(out, "\t\tlisten %s ssl default_server;\n\t\thttp2 on;\n", listen);
#else
	bh_buf_printf(out, "\t\tlisten %s ssl http2 default_server;\n", listen);
#endif
	bh_buf_printf(out, "\t\tlisten \"unix:" BH_NGINX_LOCAL_SOCKET "\" default_server;\n", run_dir);
	bh_buf_printf(out, "\t\tssl_certificate \"%s\";\n\t\tssl_certificate_key \"%s\";\n",
		tls->certificate, tls->key);
	bh_buf_text(out,
		"\t\tssl_protocols TLSv1.2 TLSv1.3;\n\t\tssl_prefer_server_ciphers off;\n"
		"\t\tssl_session_cache shared:bulkhead:4m;\n\t\tssl_session_timeout 1h;\n"
		"\t\tssl_session_tickets off;\n\t\tssl_buffer_size 4k;\n"
		/* A stream is a request: as many at once as a browser opens, and a limit to streams that are
		 * opened and reset (CVE-2023-44487). */
		"\t\thttp2_max_concurrent_streams 64;\n\t\tkeepalive_requests 10000;\n");
}

void
bh_nginx_tls_write_redirect(struct bh_buf *out, const struct bh_nginx_tls *tls,
	const char *public_url)
{
	if (!is_set(tls->redirect_listen))
		return;
	bh_buf_printf(out, "\tserver {\n\t\tlisten %s default_server;\n", tls->redirect_listen);
	bh_buf_text(out, "\t\tserver_name _;\n\t\tclient_max_body_size 1;\n");
	if (is_set(tls->acme_dir))
		bh_buf_printf(out,
			"\t\tlocation /.well-known/acme-challenge/ {\n\t\t\talias \"%s/\";\n"
			"\t\t\tdisable_symlinks on;\n\t\t\tdefault_type text/plain;\n\t\t}\n",
			tls->acme_dir);
	bh_buf_printf(out, "\t\tlocation / {\n\t\t\treturn 308 %s$request_uri;\n\t\t}\n\t}\n",
		public_url);
}
