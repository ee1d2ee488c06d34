/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: the locations of the console's files. */
#include "nginx/console.h"

#include <string.h>
#include <unistd.h>

#include "service/service.h"

/* Nothing inline and nothing from elsewhere: the export's build moves scripts into files. Recordings are played from
 * the memory of the page. */
static const char console_policy[] =
	"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
	"media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
	"form-action 'self'; frame-ancestors 'none'";

/* What all files of the export have in common. The module adds the headers of every answer. */
static void
write_file_rules(struct bh_buf *out, const char *page_dir, const char *caching)
{
	bh_buf_printf(out, "\t\t\troot \"%s\";\n", page_dir);
	bh_buf_text(out,
		"\t\t\tdisable_symlinks on;\n\t\t\tgzip_static on;\n\t\t\tgzip_vary on;\n"
		"\t\t\tcharset utf-8;\n"
		"\t\t\tcharset_types text/css text/javascript text/plain;\n"
		"\t\t\ttypes {\n"
		"\t\t\t\ttext/html html;\n\t\t\t\ttext/css css;\n\t\t\t\ttext/javascript js;\n"
		"\t\t\t\ttext/plain txt;\n\t\t\t\tapplication/json json;\n"
		"\t\t\t\timage/svg+xml svg;\n\t\t\t\timage/png png;\n\t\t\t\tfont/woff2 woff2;\n"
		"\t\t\t}\n");
	bh_buf_printf(out, "\t\t\tadd_header content-security-policy \"%s\" always;\n", console_policy);
	bh_buf_text(out,
		"\t\t\tadd_header permissions-policy "
		"\"camera=(), geolocation=(), microphone=(), payment=(), usb=()\" always;\n");
	bh_buf_printf(out, "\t\t\tadd_header cache-control \"%s\" always;\n", caching);
}

static void
write_file_location(struct bh_buf *out, const char *location, const char *template)
{
	bh_buf_printf(out, "\t\tlocation %s {\n\t\t\tbulkhead_template \"%s\";\n", location, template);
	bh_buf_text(out, "\t\t\tbulkhead_route GET scope=none limits=none audit=none body=0;\n");
	bh_buf_printf(out, "\t\t\tclient_max_body_size %d;\n", BH_NGINX_BODY_LEAST);
}

void
bh_nginx_console_write(struct bh_buf *out, const char *page_dir)
{
	write_file_location(out, "^~ /_next/static/", "/_next/static/{file}");
	bh_buf_text(out, "\t\t\ttry_files $uri =404;\n");
	write_file_rules(out, page_dir, "public, max-age=31536000, immutable");
	bh_buf_text(out, "\t\t}\n");

	write_file_location(out, "/", "/{page}");
	bh_buf_text(out,
		"\t\t\ttry_files $uri $uri/index.html =404;\n\t\t\terror_page 404 /404.html;\n");
	write_file_rules(out, page_dir, "no-cache");
	bh_buf_text(out, "\t\t}\n");

	bh_buf_text(out, "\t\tlocation = /404.html {\n\t\t\tinternal;\n\t\t\tbulkhead_page on;\n");
	write_file_rules(out, page_dir, "no-cache");
	bh_buf_text(out, "\t\t}\n");

	bh_buf_text(out,
		"\t\tlocation ~ \"^/(?:v[0-9]+|api|internal|metrics|webhooks|\\.well-known)(?:/|$)\" "
		"{\n\t\t}\n");
}

bool
bh_nginx_console_has(const char *page_dir, const struct bh_nginx_path *path)
{
	BH_AUTO(bh_buf_close) struct bh_buf file = {0};

	if (page_dir == NULL || path->prefix_len != 0 || path->n_routes != 1 ||
		strcmp(path->routes[0]->method, "GET") != 0)
		return false;
	bh_buf_printf(&file, "%s%s/index.html", page_dir, path->template);
	return access(file.data, R_OK) == 0;
}
