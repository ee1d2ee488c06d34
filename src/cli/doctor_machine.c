/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_machine.c: looks at the machine and its files; judges nothing. */
#include "cli/doctor.h"

#include <dirent.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/certificate.h"
#include "supervisor/group.h"
#include "supervisor/lock.h"

#define VALKEY_MS 3000

/* The nearest folder above home that exists tells of its file system. */
static void
look_at_disk(struct cli *cli, struct cli_machine *out)
{
	char *path = bh_arena_strdup(&cli->instance.arena, cli->instance.place.home);
	struct statvfs stat;

	while (statvfs(path, &stat) < 0 && strrchr(path, '/') > path)
		*strrchr(path, '/') = '\0';
	if (statvfs(path, &stat) < 0)
		return;
	out->disk_folder = path;
	out->disk_bytes = (int64_t)(stat.f_blocks * stat.f_frsize);
	out->disk_free_bytes = (int64_t)(stat.f_bavail * stat.f_frsize);
	out->inodes = (int64_t)stat.f_files;
	out->inodes_free = (int64_t)stat.f_favail;
}

static void
look_at_addresses(struct cli_machine *out)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
		const struct sockaddr_in6 *six = (const void *)at->ifa_addr;

		if (at->ifa_addr == NULL || (at->ifa_flags & IFF_LOOPBACK) != 0)
			continue;
		out->has_ipv4 = out->has_ipv4 || at->ifa_addr->sa_family == AF_INET;
		out->has_ipv6 = out->has_ipv6 ||
			(at->ifa_addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr));
	}
	freeifaddrs(list);
}

static void
look_at_models(const struct cli *cli, struct cli_machine *out)
{
	const struct supervisor_model *models[] = {&cli->instance.manifest.chat,
		&cli->instance.manifest.embedding};
	struct stat stat_of;

	out->memory_bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	out->has_engine = cli->instance.settings.engine.enabled && models[0]->path != NULL;
	for (size_t i = 0; out->has_engine && i < BH_COUNT(models); i++) {
		if (models[i]->path != NULL && stat(models[i]->path, &stat_of) == 0)
			out->models_bytes += stat_of.st_size;
		if (models[i]->sha256 == NULL)
			out->unchecked[i] = models[i]->name;
	}
}

enum { GROUPS_MOST = 64 };

/* Whether a group is none of root, of the file's owner, of this process (to which a volume may be mounted in a container),
 * or of the platform's own users. */
static bool
is_strange_group(const struct stat *file)
{
	const struct passwd *owner = getpwuid(file->st_uid);
	const struct group *group;
	gid_t ours[GROUPS_MOST];
	int n = getgroups(GROUPS_MOST, ours);

	if (file->st_gid == 0 || file->st_gid == getegid() ||
		(owner != NULL && owner->pw_gid == file->st_gid))
		return false;
	for (int i = 0; i < n; i++)
		if (ours[i] == file->st_gid)
			return false;
	group = getgrgid(file->st_gid);
	return group == NULL || !bh_text_starts(group->gr_name, "bulkhead");
}

static void
look_at_secret(const char *path, struct cli_machine *out)
{
	struct stat stat_of;

	if (path != NULL && path[0] != '\0' && stat(path, &stat_of) == 0 && S_ISREG(stat_of.st_mode) &&
		((stat_of.st_mode & S_IRWXO) != 0 ||
			((stat_of.st_mode & S_IRWXG) != 0 && is_strange_group(&stat_of))) &&
		out->n_exposed < CLI_FILES_MOST)
		out->exposed[out->n_exposed++] = path;
}

/* The host of "https://ai.example.org:8443/". */
static const char *
host_of(struct bh_arena *arena, const char *url)
{
	const char *start = strstr(url, "://");
	char *host = bh_arena_strdup(arena, start != NULL ? start + 3 : url);

	host[strcspn(host, ":/")] = '\0';
	return host;
}

static void
look_at_certificate(struct cli *cli, const struct bh_conf_value *value, struct cli_machine *out)
{
	struct bh_arena *arena = &cli->instance.arena;
	struct cli_certificate *one = &out->certificates[out->n_certificates];
	int rc;

	if (value->shown[0] == '\0' || out->n_certificates == CLI_CERTIFICATES_MOST)
		return;
	*one = (struct cli_certificate){
		.setting = bh_arena_printf(arena, "%s.%s", value->section, value->setting->name),
		.path = value->shown,
		.is_ours = strcmp(value->section, "gateway") == 0 &&
			bh_text_ends(value->setting->name, "cert_file"),
	};
	out->n_certificates++;
	rc = bh_certificate_end(one->path, &one->end_ms);
	if (rc == 0 && one->is_ours)
		rc = bh_certificate_names(one->path, host_of(arena, out->public_url), &one->names_host);
	if (rc < 0)
		one->fault = bh_arena_strdup(arena, bh_error_detail(rc));
}

/* Settings that several parts have, by their names: where files of secrets and certificates are. */
static void
look_at_settings(struct cli *cli, struct cli_machine *out)
{
	struct bh_arena *arena = &cli->instance.arena;
	struct bh_conf_value *values;
	size_t n;

	if (supervisor_settings_list(arena, &cli->instance.place, cli->services, &values, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const char *name = values[i].setting->name;

		if (bh_text_ends(name, "cert_file") || bh_text_ends(name, "ca_file"))
			look_at_certificate(cli, &values[i], out);
		else if (bh_text_ends(name, "password_file") || bh_text_ends(name, "key_file") ||
			bh_text_ends(name, "secret_file"))
			look_at_secret(values[i].shown, out);
		else if (bh_text_ends(name, "signup") && strcmp(values[i].shown, "true") == 0)
			out->signup_open = true;
	}
	look_at_secret(bh_arena_printf(arena, "%s/master.key", cli->instance.place.home), out);
	look_at_secret(getenv("PGPASSFILE"), out);
}

/* What somebody else's program has made says nothing of that. */
static bool
is_plain_backup(struct bh_arena *arena, const char *folder)
{
	struct backup_manifest manifest;
	const char *newest;

	return backup_find(arena, folder, &newest) == 0 &&
		backup_manifest_load(arena, newest, &manifest) == 0 &&
		strcmp(manifest.encryption, "none") == 0;
}

static void
look_at_backups(struct bh_arena *arena, const char *folder, struct cli_machine *out)
{
	struct dirent *entry;
	DIR *dir = folder[0] != '\0' ? opendir(folder) : NULL;

	out->backup_folder = folder;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct stat stat_of;

		if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &stat_of, 0) < 0)
			continue;
		if ((int64_t)stat_of.st_mtim.tv_sec * 1000 > out->backup_ms)
			out->backup_ms = (int64_t)stat_of.st_mtim.tv_sec * 1000;
	}
	if (dir != NULL)
		closedir(dir);
	out->backup_is_plain = out->backup_ms > 0 && is_plain_backup(arena, folder);
}

static void
look_at_zones(struct cli *cli, struct cli_machine *out)
{
	const char *zone = getenv("TZ"), *folder = getenv("TZDIR");

	folder = folder != NULL ? folder : "/usr/share/zoneinfo";
	out->zone = zone != NULL ? zone + (zone[0] == ':') : "";
	out->has_zones = access(bh_arena_printf(&cli->instance.arena, "%s/UTC", folder), R_OK) == 0;
	/* A rule such as CET-1CEST is no file. */
	out->zone_known = strpbrk(out->zone, "0123456789") != NULL || out->zone[0] == '/' ||
		access(bh_arena_printf(&cli->instance.arena, "%s/%s", folder, out->zone), R_OK) == 0;
}

static int
dial(const char *host, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const struct timeval limit = {.tv_sec = VALKEY_MS / 1000};
	struct addrinfo *list = NULL;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -1;
	for (const struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		/* Also the limit of connect. */
		if (fd >= 0 &&
			(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
				connect(fd, at->ai_addr, at->ai_addrlen) < 0)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

void
cli_doctor_valkey(struct bh_arena *arena, const char *url, const char **out_fault)
{
	static const char ping[] = "*1\r\n$4\r\nPING\r\n";
	const char *start = strstr(url, "://"), *at;
	char *host = bh_arena_strdup(arena, start != NULL ? start + 3 : url), *port, answer[64];
	struct pollfd waits = {.events = POLLIN};
	ssize_t n = -1;

	*out_fault = NULL;
	at = strrchr(host, '@');
	host = at != NULL ? host + (at + 1 - host) : host;
	host[strcspn(host, "/")] = '\0';
	port = strrchr(host, ':');
	if (port != NULL)
		*port++ = '\0';
	waits.fd = dial(host, port != NULL ? port : "6379");
	if (waits.fd < 0) {
		*out_fault = bh_arena_printf(arena, "no server answers at %s", host);
		return;
	}
	if (send(waits.fd, ping, sizeof(ping) - 1, MSG_NOSIGNAL) > 0 && poll(&waits, 1, VALKEY_MS) == 1)
		n = recv(waits.fd, answer, sizeof(answer), 0);
	close(waits.fd);
	/* One that wants a password first is there as well. */
	if (n < 5 || (memcmp(answer, "+PONG", 5) != 0 && memcmp(answer, "-NOAUT", 5) != 0))
		*out_fault = bh_arena_printf(arena, "the server at %s is not a Valkey", host);
}

void
cli_doctor_machine(struct cli *cli, struct cli_machine *out)
{
	const struct supervisor_settings *settings = &cli->instance.settings;
	struct rlimit files = {0};
	pid_t pid;

	*out = (struct cli_machine){
		.now_ms = bh_clock_wall_ms(),
		.listen = settings->gateway.listen,
		.public_url = settings->gateway.public_url,
		.has_mail = bh_mail_is_set(&settings->platform.mail),
		.connections = settings->gateway.connections,
		.valkey_url = "",
	};
	/* The gateway raises its own limit as far as it may. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		out->files_max = files.rlim_max == RLIM_INFINITY ? INT64_MAX : (int64_t)files.rlim_max;
	look_at_disk(cli, out);
	look_at_addresses(out);
	look_at_models(cli, out);
	look_at_settings(cli, out);
	look_at_backups(&cli->instance.arena, settings->own.backup_folder, out);
	look_at_zones(cli, out);
	/* The value that is shown hides the password, and says so where there is none. */
	if (bh_text_starts(settings->platform.limits.url, "redis://"))
		out->valkey_url = settings->platform.limits.url;
	if (out->valkey_url[0] != '\0')
		cli_doctor_valkey(&cli->instance.arena, out->valkey_url, &out->valkey_fault);
	if (supervisor_lock_holder(&cli->instance.place, &pid) < 0 &&
		supervisor_groups_count(bh_arena_printf(&cli->instance.arena, "%s/groups",
									cli->instance.place.run),
			&out->leftovers) < 0)
		out->leftovers = 0;
}
