/* SPDX-License-Identifier: Apache-2.0 */
/* finding.c: judges facts about an installation. */
#include "cli/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define CERTIFICATE_DAYS 21
#define BACKUP_DAYS 2
#define CLOCK_MOST_MS 5000
#define POSTGRES_LEAST 160000
#define DISK_LEAST_BYTES (INT64_C(1024) * BH_MIB)

static void say(struct cli_finding *out, enum cli_mark mark, const char *what, const char *format,
	...) BH_PRINTF(4, 5);

static void
say(struct cli_finding *out, enum cli_mark mark, const char *what, const char *format, ...)
{
	va_list args;

	*out = (struct cli_finding){.mark = mark, .what = what};
	va_start(args, format);
	vsnprintf(out->text, sizeof(out->text), format, args);
	va_end(args);
}

static void mend(struct cli_finding *out, const char *format, ...) BH_PRINTF(2, 3);

static void
mend(struct cli_finding *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(out->fix, sizeof(out->fix), format, args);
	va_end(args);
}

static long long
mib(int64_t bytes)
{
	return (long long)(bytes / BH_MIB);
}

bool
cli_find_disk(const struct cli_machine *m, struct cli_finding *out)
{
	bool is_little = m->disk_free_bytes < DISK_LEAST_BYTES;
	bool is_full = m->disk_free_bytes < m->disk_bytes / 10;
	bool no_inodes = m->inodes > 0 && m->inodes_free < m->inodes / 20;

	if (m->disk_folder == NULL) {
		say(out, CLI_BAD, "disk", "cannot be read");
		return true;
	}
	say(out,
		is_little                  ? CLI_BAD
			: is_full || no_inodes ? CLI_ADVICE
								   : CLI_GOOD,
		"disk", "%lld of %lld MiB free at %s (minimum: %lld)%s", mib(m->disk_free_bytes),
		mib(m->disk_bytes), m->disk_folder, mib(DISK_LEAST_BYTES),
		no_inodes ? ", and hardly any inodes" : "");
	if (out->mark != CLI_GOOD)
		mend(out,
			"make room: lower audit.bytes_max, retention or tenants' storage, or enlarge the disk");
	return true;
}

bool
cli_find_clock(const struct cli_machine *m, struct cli_finding *out)
{
	int64_t off_ms = m->clock_ahead_ms < 0 ? -m->clock_ahead_ms : m->clock_ahead_ms;

	if (!m->database_known || m->database_fault != NULL)
		return false;
	say(out, off_ms > CLOCK_MOST_MS ? CLI_BAD : CLI_GOOD, "clock",
		"the database's is %.1f s %s this machine's", (double)off_ms / 1000,
		m->clock_ahead_ms < 0 ? "behind" : "ahead of");
	if (out->mark == CLI_BAD)
		mend(out, "let both machines follow a time server (chrony, systemd-timesyncd)");
	return true;
}

static bool
is_loopback(const char *listen)
{
	return bh_text_starts(listen, "127.") || bh_text_starts(listen, "[::1]") ||
		bh_text_starts(listen, "localhost:");
}

bool
cli_find_https(const struct cli_machine *m, struct cli_finding *out)
{
	bool is_open = !is_loopback(m->listen), is_tls = bh_text_starts(m->public_url, "https://");

	say(out, is_open && !is_tls ? CLI_BAD : CLI_GOOD, "https",
		is_open && !is_tls
			? "%s is reached from other machines, but gateway.public_url is not https"
			: "%s",
		m->listen);
	if (out->mark == CLI_BAD)
		mend(out,
			"put a proxy with TLS before it, and set gateway.public_url to its https:// address: "
			"otherwise keys and passwords cross the network in clear text");
	return true;
}

static void
judge(const struct cli_certificate *one, int64_t now_ms, struct cli_finding *out)
{
	int64_t days = (one->end_ms - now_ms) / DAY_MS;

	if (one->fault != NULL) {
		say(out, CLI_BAD, "certificate", "%s: %s", one->setting, one->fault);
		mend(out, "let %s name a readable file with certificates in PEM", one->setting);
	} else if (one->end_ms <= now_ms) {
		say(out, CLI_BAD, "certificate", "%s: %s has ended", one->setting, one->path);
		mend(out, "put a new certificate into the file, and restart what uses it");
	} else if (one->is_ours && !one->names_host) {
		say(out, CLI_BAD, "certificate", "%s: %s is not for the host of gateway.public_url",
			one->setting, one->path);
		mend(out, "get a certificate for that name, or correct gateway.public_url");
	} else {
		say(out, days < CERTIFICATE_DAYS ? CLI_ADVICE : CLI_GOOD, "certificate",
			"%s: %lld days left", one->setting, (long long)days);
		if (days < CERTIFICATE_DAYS)
			mend(out, "renew it before it ends, and restart what uses it");
	}
}

/* The worst of them. */
bool
cli_find_certificates(const struct cli_machine *m, struct cli_finding *out)
{
	for (size_t i = 0; i < m->n_certificates; i++) {
		struct cli_finding one;

		judge(&m->certificates[i], m->now_ms, &one);
		if (i == 0 || one.mark > out->mark)
			*out = one;
	}
	return m->n_certificates > 0;
}

bool
cli_find_mail(const struct cli_machine *m, struct cli_finding *out)
{
	say(out, m->has_mail ? CLI_GOOD : CLI_ADVICE, "mail", "%s",
		m->has_mail ? "a mail server is set; `bulkhead doctor --mail ADDRESS` sends a test"
					: "mail.host is not set: invitations and resets are not sent");
	if (!m->has_mail)
		mend(out,
			"set mail.host and mail.from; until then `bulkhead outbox` shows links to pass on");
	return true;
}

bool
cli_find_memory(const struct cli_machine *m, struct cli_finding *out)
{
	bool too_large = m->models_bytes > m->memory_bytes;
	bool is_tight = m->models_bytes > m->memory_bytes / 10 * 7;

	if (!m->has_engine)
		return false;
	say(out,
		too_large      ? CLI_BAD
			: is_tight ? CLI_ADVICE
					   : CLI_GOOD,
		"engine memory", "the managed models have %lld MiB, this machine %lld",
		mib(m->models_bytes), mib(m->memory_bytes));
	if (out->mark != CLI_GOOD)
		mend(out,
			"choose a smaller model (engine.chat_model; `bulkhead model pull` lists some), or add "
			"memory");
	return true;
}

bool
cli_find_files(const struct cli_machine *m, struct cli_finding *out)
{
	bool too_few = m->files_max < 2 * m->connections;

	say(out, too_few ? CLI_BAD : CLI_GOOD, "open files", "%lld allowed, %lld needed",
		(long long)m->files_max, (long long)(2 * m->connections));
	if (too_few)
		mend(out,
			"raise the limit where the platform is started (`ulimit -n`, LimitNOFILE= of a unit), "
			"or lower gateway.connections");
	return true;
}

bool
cli_find_version(const struct cli_machine *m, struct cli_finding *out)
{
	if (!m->database_known)
		return false;
	if (m->database_fault != NULL) {
		say(out, CLI_BAD, "postgresql", "cannot be asked: %s", m->database_fault);
		mend(out, "see docs/database.md: database.setup_url, its role and its password");
		return true;
	}
	say(out, m->database_version < POSTGRES_LEAST ? CLI_BAD : CLI_GOOD, "postgresql",
		"version %lld.%lld (minimum: %d)", (long long)m->database_version / 10000,
		(long long)m->database_version % 10000, POSTGRES_LEAST / 10000);
	if (out->mark == CLI_BAD)
		mend(out, "upgrade the server");
	return true;
}

bool
cli_find_vector(const struct cli_machine *m, struct cli_finding *out)
{
	if (!m->database_known || m->database_fault != NULL)
		return false;
	say(out,
		m->has_vector             ? CLI_GOOD
			: m->vector_available ? CLI_ADVICE
								  : CLI_BAD,
		"extension", "vector (0.8.6 or newer) is %s",
		m->has_vector             ? "installed"
			: m->vector_available ? "available, but not created"
								  : "not available");
	if (out->mark == CLI_BAD)
		mend(out, "install pgvector on the database's machine");
	else if (out->mark == CLI_ADVICE)
		mend(out, "`bulkhead up` creates it, or a superuser: CREATE EXTENSION vector");
	return true;
}

bool
cli_find_connections(const struct cli_machine *m, struct cli_finding *out)
{
	bool too_few = m->connections_max < m->connections_needed;

	if (!m->database_known || m->database_fault != NULL)
		return false;
	say(out, too_few ? CLI_BAD : CLI_GOOD, "connections",
		"the database accepts %lld, the services may open %lld", (long long)m->connections_max,
		(long long)m->connections_needed);
	if (too_few)
		mend(out, "raise max_connections of the server to %lld, or lower database.connections",
			(long long)m->connections_needed);
	return true;
}

bool
cli_find_pending(const struct cli_machine *m, struct cli_finding *out)
{
	if (!m->database_known || m->database_fault != NULL)
		return false;
	say(out, m->pending > 0 ? CLI_ADVICE : CLI_GOOD, "migrations", "%lld are pending",
		(long long)m->pending);
	if (m->pending > 0)
		mend(out, "the next `bulkhead up` applies them; make a backup first");
	return true;
}

bool
cli_find_secrets(const struct cli_machine *m, struct cli_finding *out)
{
	if (m->n_exposed == 0) {
		say(out, CLI_GOOD, "secrets", "no file of secrets can be read by others");
		return true;
	}
	say(out, CLI_BAD, "secrets", "%s can be read by others%s", m->exposed[0],
		m->n_exposed > 1 ? ", and so can more" : "");
	mend(out, "chmod go-rwx %s, and replace what it contains if others use this machine",
		m->exposed[0]);
	return true;
}

bool
cli_find_backup(const struct cli_machine *m, struct cli_finding *out)
{
	int64_t days = (m->now_ms - m->backup_ms) / DAY_MS;

	if (m->backup_folder[0] == '\0') {
		say(out, CLI_ADVICE, "backup", "no backups are known: supervisor.backup_folder is not set");
		mend(out,
			"make them with `bulkhead backup create`, and let supervisor.backup_folder name where "
			"they lie");
	} else if (m->backup_ms == 0) {
		say(out, CLI_BAD, "backup", "there is none in %s", m->backup_folder);
		mend(out, "look at what should make them, or correct supervisor.backup_folder");
	} else if (days >= BACKUP_DAYS) {
		say(out, CLI_BAD, "backup", "the newest in %s is %lld days old", m->backup_folder,
			(long long)days);
		mend(out, "look at why no newer one was made");
	} else if (m->backup_is_plain) {
		say(out, CLI_ADVICE, "backup",
			"the newest in %s is %lld days old and not encrypted, with the master key in it",
			m->backup_folder, (long long)days);
		mend(out, "set backup.recipient to a public key whose private one is kept elsewhere");
	} else {
		say(out, CLI_GOOD, "backup", "the newest in %s is %lld days old", m->backup_folder,
			(long long)days);
	}
	return true;
}

bool
cli_find_valkey(const struct cli_machine *m, struct cli_finding *out)
{
	if (m->valkey_url[0] == '\0')
		return false;
	say(out, m->valkey_fault != NULL ? CLI_BAD : CLI_GOOD, "valkey", "%s",
		m->valkey_fault != NULL ? m->valkey_fault : "answers");
	if (m->valkey_fault != NULL)
		mend(out, "start it, or correct limits.shared; until then each machine counts for itself");
	return true;
}

bool
cli_find_zone(const struct cli_machine *m, struct cli_finding *out)
{
	bool is_unknown = m->zone[0] != '\0' && !m->zone_known;

	say(out, is_unknown || !m->has_zones ? CLI_ADVICE : CLI_GOOD, "time zones", "%s%s",
		!m->has_zones    ? "the machine has no time zone data"
			: is_unknown ? "TZ names an unknown zone: "
						 : "the machine has their data",
		is_unknown && m->has_zones ? m->zone : "");
	if (out->mark == CLI_ADVICE)
		mend(out, "%s", m->has_zones ? "correct TZ, or unset it" : "install tzdata");
	return true;
}

/* nginx takes [::] for IPv6 alone. */
bool
cli_find_addresses(const struct cli_machine *m, struct cli_finding *out)
{
	bool all6 = bh_text_starts(m->listen, "[::]:"), all4 = bh_text_starts(m->listen, "0.0.0.0:");
	bool only6 = all6 && m->has_ipv4, none4 = all4 && !m->has_ipv4 && m->has_ipv6;

	if (!all6 && !all4)
		return false;
	say(out, only6 || none4 ? CLI_ADVICE : CLI_GOOD, "addresses",
		only6       ? "%s accepts no IPv4 clients, though this machine has IPv4 addresses"
			: none4 ? "%s accepts IPv4 clients only, but this machine has IPv6 addresses only"
					: "%s",
		m->listen);
	if (only6)
		mend(out, "listen at 0.0.0.0:PORT, or let your proxy accept both");
	else if (none4)
		mend(out, "listen at [::]:PORT");
	return true;
}

bool
cli_find_leftovers(const struct cli_machine *m, struct cli_finding *out)
{
	if (m->leftovers == 0)
		return false;
	say(out, CLI_ADVICE, "leftovers", "%zu processes of a supervisor that is gone still run",
		m->leftovers);
	mend(out, "`bulkhead up` ends them before it starts");
	return true;
}

bool
cli_find_models(const struct cli_machine *m, struct cli_finding *out)
{
	bool both = m->unchecked[0] != NULL && m->unchecked[1] != NULL;
	const char *one = m->unchecked[0] != NULL ? m->unchecked[0] : m->unchecked[1];

	if (!m->has_engine)
		return false;
	if (one == NULL) {
		say(out, CLI_GOOD, "checksums", "the managed models' checksums are known");
		return true;
	}
	say(out, CLI_ADVICE, "checksums", "no checksum is set for %s%s%s", one, both ? " and " : "",
		both ? m->unchecked[1] : "");
	mend(out, "install it again with `bulkhead model pull … --sha256`");
	return true;
}

bool
cli_find_signup(const struct cli_machine *m, struct cli_finding *out)
{
	if (!m->signup_open)
		return false;
	say(out, bh_text_starts(m->public_url, "https://") ? CLI_GOOD : CLI_BAD, "sign-up",
		"strangers may sign up at %s", m->public_url[0] != '\0' ? m->public_url : m->listen);
	if (out->mark == CLI_BAD)
		mend(out, "set gateway.public_url to an https:// address, or close sign-up");
	return true;
}

cli_finder *const cli_finders[] = {cli_find_disk, cli_find_clock, cli_find_https,
	cli_find_certificates, cli_find_mail, cli_find_memory, cli_find_files, cli_find_version,
	cli_find_vector, cli_find_connections, cli_find_pending, cli_find_secrets, cli_find_backup,
	cli_find_valkey, cli_find_zone, cli_find_addresses, cli_find_leftovers, cli_find_models,
	cli_find_signup};
const size_t cli_n_finders = BH_COUNT(cli_finders);
