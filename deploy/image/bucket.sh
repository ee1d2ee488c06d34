#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bucket.sh: makes a bucket of SeaweedFS, by way of its filer, whose buckets are folders. Safe to repeat.
#
# usage: bucket.sh PORT BUCKET     in the network of the store, whose filer listens on the loopback only
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'POST /buckets/%s/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$2" >&3
read -r _ status _ <&3
# 409: it is there.
case $status in 2?? | 409) ;; *)
	printf 'the bucket %s could not be made: status %s\n' "$2" "$status" >&2
	exit 1
	;;
esac
