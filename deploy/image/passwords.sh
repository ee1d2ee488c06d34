#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# passwords.sh: makes the passwords of database roles, each in the folder of the process that uses it, once.
#
# usage: passwords.sh DIR ROLE…     DIR/ROLE/pgpass holds the role's line; DIR/setup/pgpass those of all
set -eu
umask 077
dir=$1
shift
all=$dir/setup/pgpass

for role in setup "$@"; do
	mkdir -p "$dir/$role"
	[ "$role" = setup ] || [ ! -s "$dir/$role/pgpass" ] || continue
	grep -qs ":bulkhead_$role:" "$all" ||
		printf '*:*:*:bulkhead_%s:%s\n' "$role" "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >>"$all"
	[ "$role" = setup ] || grep ":bulkhead_$role:" "$all" >"$dir/$role/pgpass"
done
