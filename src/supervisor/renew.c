/* SPDX-License-Identifier: Apache-2.0 */
/* renew.c: compares the stamps of two files. */
#include "supervisor/renew.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "supervisor/file.h"
#include "supervisor/instance.h"
#include "supervisor/user.h"

#define EVERY_MS 2000
#define FILE_BYTES_MAX ((size_t)1 << 20)

/* A file that is not there is as one without bytes. */
static struct supervisor_file_stamp
look_at(const char *path)
{
	struct supervisor_file_stamp stamp;
	struct stat found;

	memset(&stamp, 0, sizeof(stamp));
	if (stat(path, &found) == 0) {
		stamp.device = found.st_dev;
		stamp.inode = found.st_ino;
		stamp.bytes = found.st_size;
		stamp.changed = found.st_ctim;
	}
	return stamp;
}

/* Other users of this machine must not read the key. */
static int
copy(const struct supervisor_instance *instance, struct bh_arena *arena, const char *name,
	const char **path)
{
	const char *target = bh_arena_printf(arena, "%s/%s", instance->place.home, name);
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct supervisor_user user = {.gid = (gid_t)-1};
	int rc = 0;

	if (instance->place.as_root)
		rc = supervisor_user_find("gw", &user);
	if (rc == 0)
		rc = supervisor_file_read(*path, FILE_BYTES_MAX, &text);
	if (rc == 0)
		rc = supervisor_file_write_for(target, text.data, text.len, 0640, user.gid);
	bh_wipe(text.data, text.len);
	*path = target;
	return rc;
}

int
supervisor_renew_install(const struct supervisor_instance *instance, struct bh_arena *arena,
	struct bh_nginx_tls *tls)
{
	int rc = bh_nginx_tls_read(tls);

	if (rc == 0 && bh_nginx_tls_is_on(tls)) {
		rc = copy(instance, arena, "tls.pem", &tls->certificate);
		if (rc == 0)
			rc = copy(instance, arena, "tls.key", &tls->key);
	}
	return rc;
}

bool
supervisor_renew(struct supervisor_renewal *renewal, const struct supervisor_instance *instance,
	int64_t now_ms)
{
	const struct bh_nginx_tls *tls = &instance->settings.gateway.tls;
	struct supervisor_file_stamp now[2];
	bool first = renewal->look_at_ms == 0;
	int rc;

	if (!bh_nginx_tls_is_on(tls) || now_ms < renewal->look_at_ms)
		return false;
	renewal->look_at_ms = now_ms + EVERY_MS;
	now[0] = look_at(tls->certificate);
	now[1] = look_at(tls->key);
	if (first)
		memcpy(renewal->served, now, sizeof(now));
	if (memcmp(now, renewal->served, sizeof(now)) == 0 ||
		memcmp(now, renewal->refused, sizeof(now)) == 0)
		return false;
	rc = bh_nginx_tls_read(tls);
	memcpy(rc < 0 ? renewal->refused : renewal->served, now, sizeof(now));
	if (rc < 0) {
		bh_log_failure("read the renewed certificate", rc);
		return false;
	}
	bh_log(BH_LOG_INFO, "the certificate was renewed");
	return true;
}
