#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# database.sh: makes a cluster for Bulkhead if there is none, and becomes PostgreSQL.
#
# PGPASSFILE holds the password of the role bulkhead_setup, which runs the migrations. Superusers sign in inside the
# container only.
set -eu
umask 077

make_cluster() {
	rm -rf "$PGDATA.part"
	initdb --pgdata "$PGDATA.part" --username postgres --encoding UTF8 --locale C.UTF-8 --auth-local trust --auth-host scram-sha-256 \
		--data-checksums >/dev/null
	printf 'local all postgres trust\nhost all postgres all reject\nhost all all all scram-sha-256\n' >"$PGDATA.part/pg_hba.conf"
	pg_ctl --pgdata "$PGDATA.part" --wait --silent --options "-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
	password=$(sed -n 's/^[^#]*:bulkhead_setup:\([0-9a-f]*\)$/\1/p' "$PGPASSFILE")
	psql --no-psqlrc --quiet --host /tmp --username postgres --set ON_ERROR_STOP=1 <<-SQL
		CREATE ROLE bulkhead_setup LOGIN CREATEROLE BYPASSRLS PASSWORD '$password';
		CREATE DATABASE bulkhead OWNER bulkhead_setup TEMPLATE template0 ENCODING 'UTF8';
		\c bulkhead
		CREATE EXTENSION vector SCHEMA public;
	SQL
	pg_ctl --pgdata "$PGDATA.part" --wait --silent stop >/dev/null
	mv "$PGDATA.part" "$PGDATA"
}

[ -s "$PGDATA/PG_VERSION" ] || make_cluster
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
