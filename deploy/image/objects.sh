#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# objects.sh: makes the keys of an object store of this machine, once; what is there is kept.
#
# usage: objects.sh KEY CONF BUCKET
#     KEY           file for the service that keeps objects: the id and the secret of a key that may only assume a role
#     CONF          folder for the store: iam.json for SeaweedFS; `root` and `platform`, ID and SECRET, for MinIO
set -eu
umask 077
key=$1 conf=$2 bucket=$3
role=arn:aws:iam::000000000000:role/BulkheadObjects

digits() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
once() { [ -s "$1" ] || { printf '%s %s\n' "$2" "$(digits 24)" >"$1.part" && mv "$1.part" "$1"; }; }

mkdir -p "$conf"
once "$conf/platform" BULKHEADPLATFORM
once "$conf/root" BULKHEADADMIN
[ -s "$conf/signing" ] || { head -c 32 /dev/urandom | base64 >"$conf/signing.part" && mv "$conf/signing.part" "$conf/signing"; }
read -r id secret <"$conf/platform"
read -r root root_secret <"$conf/root"
cp "$conf/platform" "$key.part"
mv "$key.part" "$key"
# The key of the platform may assume the role and nothing else; a session of the role has what the policy sent with it
# leaves of the bucket.
cat >"$conf/iam.json.part" <<JSON
{"identities": [
   {"name": "admin", "credentials": [{"accessKey": "$root", "secretKey": "$root_secret"}], "actions": ["Admin"]},
   {"name": "bulkhead", "credentials": [{"accessKey": "$id", "secretKey": "$secret"}], "policyNames": ["AssumeBulkheadObjects"]}],
 "sts": {"tokenDuration": "1h", "maxSessionLength": "12h", "issuer": "seaweedfs-sts", "signingKey": "$(cat "$conf/signing")"},
 "policy": {"defaultEffect": "Deny", "storeType": "memory"},
 "policies": [
   {"name": "AssumeBulkheadObjects", "document": {"Version": "2012-10-17", "Statement": [
     {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": ["$role"]}]}},
   {"name": "BulkheadObjects", "document": {"Version": "2012-10-17", "Statement": [
     {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::$bucket", "arn:aws:s3:::$bucket/*"]}]}}],
 "roles": [{"roleName": "BulkheadObjects", "roleArn": "$role", "attachedPolicies": ["BulkheadObjects"],
   "trustPolicy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"],
     "Principal": {"AWS": "arn:aws:iam::000000000000:user/bulkhead"}}]}}]}
JSON
mv "$conf/iam.json.part" "$conf/iam.json"
