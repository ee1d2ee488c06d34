/* SPDX-License-Identifier: Apache-2.0 */
/* mail_conf.c: the settings of mail, and the file with its password. */
#include "http/mail_conf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "sec/digest.h"

enum { TIMEOUT_MS = 20000 };

const struct bh_setting bh_mail_settings[] = {
	BH_TEXT("host", "", struct bh_mail_settings, host,
		"SMTP server to which mail is given; without it no mail is sent, and invitations and links "
		"wait in `bulkhead outbox`."),
	BH_INT("port", "587", 1, 65535, struct bh_mail_settings, port, "Port of the SMTP server."),
	BH_TEXT("tls", "starttls", struct bh_mail_settings, tls,
		"starttls, tls, or none for a server on this machine."),
	BH_TEXT("from", "", struct bh_mail_settings, from, "Sender's address of mail."),
	BH_TEXT("password_file", "", struct bh_mail_settings, password_file,
		"File with the user and, on its second line, the password for the SMTP server; of all "
		"users only bulkhead-auth and bulkhead-billing may read it, and a group may not write it."),
};
const size_t bh_n_mail_settings = BH_COUNT(bh_mail_settings);

int
bh_mail_settings_check(const struct bh_mail_settings *settings)
{
	const char *tls = settings->tls;

	if (strcmp(tls, "starttls") != 0 && strcmp(tls, "tls") != 0 && strcmp(tls, "none") != 0)
		return bh_error(BH_E_CONFIG, "mail.tls must be starttls, tls or none");
	if (bh_mail_is_set(settings) && !bh_mail_is_address(settings->from))
		return bh_error(BH_E_CONFIG, "mail.from must be an address while mail.host is set");
	if (settings->password_file[0] != '\0' && strcmp(tls, "none") == 0)
		return bh_error(BH_E_CONFIG, "mail.tls must not be none where a password is sent");
	return 0;
}

/* Two lines: the user and the password. Two services read it, each as its own user: so it may belong to a
 * group, but to nobody else. */
BH_MUST_CHECK static int
read_credential(const char *path, char text[BH_MAIL_CREDENTIAL_BYTES], struct bh_mail_conf *conf)
{
	struct stat stat;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *line;

	if (fd < 0)
		return bh_error(BH_E_CONFIG, "mail.password_file: %s: %m", path);
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && (stat.st_mode & 027) == 0)
		n = read(fd, text, BH_MAIL_CREDENTIAL_BYTES - 1);
	close(fd);
	if (n < 0)
		return bh_error(BH_E_CONFIG,
			"mail.password_file: %s must be a file that others may not access, nor its group write",
			path);
	text[n] = '\0';
	line = strchr(text, '\n');
	if (line == NULL)
		return bh_error(BH_E_CONFIG,
			"mail.password_file: %s must contain the user and, on its second line, the password",
			path);
	*line++ = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	text[strcspn(text, "\r")] = '\0';
	conf->user = text;
	conf->password = line;
	return 0;
}

int
bh_mail_deliver(const struct bh_mail_settings *settings, const struct bh_mail *mail,
	const bool *cancel)
{
	char credential[BH_MAIL_CREDENTIAL_BYTES];
	struct bh_mail_conf conf = {
		.host = settings->host,
		.port = settings->port,
		.tls = strcmp(settings->tls, "none") == 0 ? BH_MAIL_PLAIN
			: strcmp(settings->tls, "tls") == 0   ? BH_MAIL_TLS
												  : BH_MAIL_STARTTLS,
		.from = settings->from,
		.timeout_ms = TIMEOUT_MS,
		.cancel = cancel,
	};
	int rc = settings->password_file[0] != '\0'
		? read_credential(settings->password_file, credential, &conf)
		: 0;

	if (rc == 0)
		rc = bh_mail_send(&conf, mail);
	bh_wipe(credential, sizeof(credential));
	return rc;
}
