/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c: the settings of the object store, and the file with its key. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "object/object.h"

const struct bh_setting bh_object_settings[] = {
	BH_TEXT("driver", "fs", struct bh_object_conf, driver,
		"Where uploaded files are stored: fs (a folder) or s3. See docs/objects.md."),
	BH_TEXT("previous", "", struct bh_object_conf, previous,
		"While a platform moves: the driver of the store it leaves, which is read for objects that "
		"are not in the new one yet; empty: none."),
	BH_BOOL("seal", "true", struct bh_object_conf, seal,
		"Whether new objects are sealed under a key of their tenant, which its deletion destroys; "
		"sealed ones are read either way."),
	BH_TEXT("folder", "", struct bh_object_conf, folder,
		"Folder of the fs driver; empty: objects in the service's folder of the state folder."),
	BH_TEXT("s3_endpoint", "", struct bh_object_conf, s3_endpoint,
		"URL of the S3 store, such as https://s3.eu-central-1.amazonaws.com."),
	BH_TEXT("s3_sts_endpoint", "", struct bh_object_conf, s3_sts_endpoint,
		"URL of its Security Token Service; empty: the same as object.s3_endpoint."),
	BH_TEXT("s3_download_endpoint", "", struct bh_object_conf, s3_download_endpoint,
		"URL under which clients reach the store in download links; empty: the same as "
		"object.s3_endpoint."),
	BH_TEXT("s3_region", "us-east-1", struct bh_object_conf, s3_region,
		"Region that requests are signed for."),
	BH_TEXT("s3_bucket", "", struct bh_object_conf, s3_bucket,
		"Name of the bucket; it must exist and is used by this platform only."),
	BH_TEXT("s3_role", "", struct bh_object_conf, s3_role,
		"ARN of the role that is assumed for each tenant, limited to the tenant's prefix."),
	BH_TEXT("s3_key_file", "", struct bh_object_conf, s3_key_file,
		"File with the access key that may assume the role: the id on the first line, the secret "
		"on "
		"the second. Only its owner may have access to it."),
	BH_TEXT("s3_ca_file", "", struct bh_object_conf, s3_ca_file,
		"Certificates that the store's certificate is verified with (PEM); empty: those of the "
		"system."),
	BH_INT("s3_session_s", "3600", 900, 43200, struct bh_object_conf, s3_session_s,
		"Requested lifetime of a tenant's session at the store."),
	BH_INT("s3_part_mib", "16", 5, 1024, struct bh_object_conf, s3_part_mib,
		"Objects larger than this are uploaded in parts of this size, in MiB."),
	BH_INT("s3_timeout_ms", "10000", 100, 600000, struct bh_object_conf, s3_timeout_ms,
		"Maximum time the store may take for a response, or pause during one."),
	BH_INT("s3_download_s", "0", 0, 3600, struct bh_object_conf, s3_download_s,
		"Validity of the links by which clients download files directly from the store; 0: files "
		"are "
		"sent by the platform itself."),
};
const size_t bh_n_object_settings = BH_COUNT(bh_object_settings);

static bool
is_driver(const char *name)
{
	return strcmp(name, "fs") == 0 || strcmp(name, "s3") == 0;
}

bool
bh_object_conf_uses_s3(const struct bh_object_conf *conf)
{
	return strcmp(conf->driver, "s3") == 0 || strcmp(conf->previous, "s3") == 0;
}

/* What needs no escaping in a path: AWS's own rule for names of buckets. */
static bool
is_bucket(const char *name)
{
	size_t len = strlen(name);

	if (len < 3 || len > 63 || name[0] == '.' || name[0] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

static bool
is_url(const char *text)
{
	return bh_text_starts(text, "https://") || bh_text_starts(text, "http://");
}

/* It becomes part of a form and of a policy. */
static bool
is_role(const char *text)
{
	return bh_text_starts(text, "arn:") && strlen(text) <= 512 && strpbrk(text, "\"\\ ") == NULL &&
		bh_text_is_utf8(text, strlen(text));
}

static int
check_s3(const struct bh_object_conf *conf)
{
	const struct {
		const char *name, *text;
	} urls[] = {{"s3_endpoint", conf->s3_endpoint}, {"s3_sts_endpoint", conf->s3_sts_endpoint},
		{"s3_download_endpoint", conf->s3_download_endpoint}};

	for (size_t i = 0; i < BH_COUNT(urls); i++)
		if ((i == 0 || urls[i].text[0] != '\0') && !is_url(urls[i].text))
			return bh_error(BH_E_CONFIG, "object.%s must be an http:// or https:// URL",
				urls[i].name);
	if (!is_bucket(conf->s3_bucket))
		return bh_error(BH_E_CONFIG, "object.s3_bucket must be the name of a bucket");
	if (!is_role(conf->s3_role))
		return bh_error(BH_E_CONFIG,
			"object.s3_role must be the ARN of a role, such as "
			"arn:aws:iam::123456789012:role/NAME");
	if (conf->s3_region[0] == '\0' || strlen(conf->s3_region) > 64 ||
		strpbrk(conf->s3_region, "/ \"") != NULL)
		return bh_error(BH_E_CONFIG, "object.s3_region must be the name of a region");
	if (conf->s3_key_file[0] == '\0')
		return bh_error(BH_E_CONFIG, "object.s3_key_file must name the file with the access key");
	return 0;
}

int
bh_object_conf_check(const struct bh_object_conf *conf)
{
	if (!is_driver(conf->driver))
		return bh_error(BH_E_CONFIG, "object.driver must be fs or s3");
	if (conf->previous[0] != '\0' && !is_driver(conf->previous))
		return bh_error(BH_E_CONFIG, "object.previous must be fs, s3 or empty");
	if (strcmp(conf->driver, conf->previous) == 0)
		return bh_error(BH_E_CONFIG, "object.previous must differ from object.driver");
	return bh_object_conf_uses_s3(conf) ? check_s3(conf) : 0;
}

/* ---- the key ---- */

static bool
is_word(const char *text, size_t len, size_t most)
{
	if (len == 0 || len > most)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

int
bh_object_key_set(struct bh_object_key *key, const char *id, size_t id_len, const char *secret,
	size_t secret_len)
{
	if (!is_word(id, id_len, BH_OBJECT_KEY_ID_MAX) ||
		!is_word(secret, secret_len, BH_OBJECT_KEY_SECRET_MAX))
		return bh_error(BH_E_CONFIG, "the access key of the object store is malformed");
	*key = (struct bh_object_key){0};
	memcpy(key->id, id, id_len);
	memcpy(key->secret, secret, secret_len);
	return 0;
}

/* Two lines; the last may lack its end. */
static int
parse_key(const char *path, const char *text, size_t len, struct bh_object_key *out)
{
	const char *end = memchr(text, '\n', len);
	const char *secret = end != NULL ? end + 1 : text + len;
	size_t secret_len = len - (size_t)(secret - text);

	while (secret_len > 0 && (secret[secret_len - 1] == '\n' || secret[secret_len - 1] == '\r'))
		secret_len--;
	if (end != NULL && end > text && end[-1] == '\r')
		end--;
	if (end == NULL || bh_object_key_set(out, text, (size_t)(end - text), secret, secret_len) < 0)
		return bh_error(BH_E_CONFIG,
			"object.s3_key_file: %s must contain the id of an access key on its first line and "
			"the secret on its second",
			path);
	return 0;
}

int
bh_object_key_read(const char *path, struct bh_object_key *out)
{
	char text[BH_OBJECT_KEY_ID_MAX + BH_OBJECT_KEY_SECRET_MAX + 8];
	struct stat stat;
	ssize_t len;
	int rc;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return bh_error(BH_E_CONFIG, "object.s3_key_file: %s: %m", path);
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode) || (stat.st_mode & 077) != 0) {
		close(fd);
		return bh_error(BH_E_CONFIG,
			"object.s3_key_file: %s must be a file that only its owner may access (chmod 600)",
			path);
	}
	len = read(fd, text, sizeof(text));
	rc = len < 0 ? bh_error(BH_E_CONFIG, "object.s3_key_file: %s: %m", path)
				 : parse_key(path, text, (size_t)len, out);
	close(fd);
	bh_wipe(text, sizeof(text));
	return rc;
}

void
bh_object_key_close(struct bh_object_key *key)
{
	bh_wipe(key, sizeof(*key));
}
