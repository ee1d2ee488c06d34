/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: writes a mail and hands it over with libcurl. */
#include "http/mail.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/peer.h"
#include "sec/digest.h"

#define LINE_MOST 76

bool
bh_mail_is_address(const char *text)
{
	const char *at = strrchr(text, '@');
	size_t len = strlen(text);

	if (at == NULL || at == text || at - text > 64 || at[1] == '\0' || len > 254)
		return false;
	for (const char *c = text; c < at; c++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/"
				   "=?^_`{|}~.",
				*c) == NULL)
			return false;
	}
	for (const char *c = at + 1; *c != '\0'; c++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.", *c) == NULL)
			return false;
	}
	return text[0] != '.' && text[0] != '-' && at[-1] != '.' && at[1] != '.' && at[1] != '-';
}

/* RFC 2045: whatever is not plain ASCII is escaped, and no line is longer than it may be. */
static void
add_quoted(struct bh_buf *out, const char *text)
{
	size_t column = 0;

	for (const char *c = text; *c != '\0'; c++) {
		bool plain = *c >= ' ' && *c <= '~' && *c != '=' && !(*c == ' ' && c[1] == '\n') &&
			!(*c == '.' && column == 0);

		if (*c == '\n') {
			bh_buf_text(out, "\r\n");
			column = 0;
			continue;
		}
		if (column + 3 >= LINE_MOST) {
			bh_buf_text(out, "=\r\n");
			column = 0;
		}
		if (plain)
			bh_buf_char(out, *c);
		else
			bh_buf_printf(out, "=%02X", (unsigned)(unsigned char)*c);
		column += plain ? 1 : 3;
	}
	bh_buf_text(out, "\r\n");
}

/* As an encoded word (RFC 2047), which is cut so that it fits. */
static void
add_subject(struct bh_buf *out, const char *text)
{
	size_t len = bh_text_cut(text, strlen(text), 39);
	char word[80];

	bh_base64_encode(text, len, word);
	bh_buf_printf(out, "Subject: =?utf-8?B?%s?=\r\n", word);
}

static void
add_date(struct bh_buf *out, int64_t ms)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	bh_buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
		tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int
bh_mail_write(const struct bh_mail_conf *conf, const struct bh_mail *mail, struct bh_buf *out)
{
	if (!bh_mail_is_address(conf->from))
		return bh_error(BH_E_INVALID, "the sender is not a mail address");
	for (size_t i = 0; i < mail->n_to; i++) {
		if (!bh_mail_is_address(mail->to[i]))
			return bh_error(BH_E_INVALID, "a recipient is not a mail address");
	}
	bh_buf_printf(out, "From: <%s>\r\nTo: ", conf->from);
	for (size_t i = 0; i < mail->n_to; i++)
		bh_buf_printf(out, "%s<%s>", i > 0 ? ",\r\n " : "", mail->to[i]);
	bh_buf_text(out, "\r\n");
	add_subject(out, mail->subject);
	add_date(out, mail->sent_ms);
	bh_buf_printf(out, "Message-ID: <%s%s>\r\n", mail->id, strrchr(conf->from, '@'));
	bh_buf_text(out,
		"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	add_quoted(out, mail->text);
	return 0;
}

/* ---- handing over ---- */

struct sending {
	const struct bh_buf *message;
	size_t sent;
	const bool *cancel;
	char said[256]; /* the server's refusal */
};

static size_t
on_read(char *out, size_t size, size_t count, void *ctx)
{
	struct sending *sending = ctx;
	size_t n = sending->message->len - sending->sent;

	if (n > size * count)
		n = size * count;
	memcpy(out, sending->message->data + sending->sent, n);
	sending->sent += n;
	return n;
}

static size_t
on_line(char *data, size_t size, size_t count, void *ctx)
{
	struct sending *sending = ctx;

	if (size * count < 3 || (data[0] != '4' && data[0] != '5') || sending->said[0] != '\0')
		return size * count;
	snprintf(sending->said, sizeof(sending->said), "%.*s", (int)(size * count), data);
	sending->said[strcspn(sending->said, "\r\n")] = '\0';
	return size * count;
}

static int
on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct sending *sending = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return sending->cancel != NULL && __atomic_load_n(sending->cancel, __ATOMIC_RELAXED);
}

static int
outcome(const struct sending *sending, CURLcode result)
{
	switch (result) {
	case CURLE_OK:
		return 0;
	case CURLE_ABORTED_BY_CALLBACK:
		return BH_E_CANCELLED;
	case CURLE_OPERATION_TIMEDOUT:
		return bh_error(BH_E_UPSTREAM_TIMEOUT, "%s", curl_easy_strerror(result));
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return bh_error(BH_E_CONNECT, "%s", curl_easy_strerror(result));
	default:
		return bh_error(BH_E_PROTOCOL, "%s: %s", curl_easy_strerror(result), sending->said);
	}
}

static void
set_options(CURL *easy, const struct bh_mail_conf *conf, struct sending *sending)
{
	char url[300];

	snprintf(url, sizeof(url), "%s://%s:%lld", conf->tls == BH_MAIL_TLS ? "smtps" : "smtp",
		conf->host, (long long)conf->port);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)conf->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_USE_SSL,
		conf->tls == BH_MAIL_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (conf->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, conf->ca_file);
	if (conf->user != NULL) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, conf->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, conf->password);
	}
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, conf->from);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, sending);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)sending->message->len);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, sending);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, sending);
}

int
bh_mail_send(const struct bh_mail_conf *conf, const struct bh_mail *mail)
{
	BH_AUTO(bh_buf_close) struct bh_buf message = {0};
	struct sending sending = {.message = &message, .cancel = conf->cancel};
	struct curl_slist *to = NULL, *more;
	CURL *easy;
	int rc = bh_mail_write(conf, mail, &message);

	if (rc < 0)
		return rc;
	bh_tls_library_open();
	easy = curl_easy_init();
	BH_ASSERT(easy != NULL);
	for (size_t i = 0; i < mail->n_to; i++) {
		char address[300];

		snprintf(address, sizeof(address), "<%s>", mail->to[i]);
		more = curl_slist_append(to, address);
		BH_ASSERT(more != NULL);
		to = more;
	}
	set_options(easy, conf, &sending);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
	rc = outcome(&sending, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	curl_slist_free_all(to);
	return rc;
}
