{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "bulkhead.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "bulkhead.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "bulkhead.labels" -}}
{{ include "bulkhead.selector" . }}
app.kubernetes.io/part-of: bulkhead
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Ports, which are nobody's to choose: inside a pod nothing else listens. */}}
{{- define "bulkhead.port.wire" -}}8443{{- end }}
{{- define "bulkhead.port.public" -}}8080{{- end }}
{{- define "bulkhead.port.private" -}}8444{{- end }}
{{- define "bulkhead.port.engine" -}}8085{{- end }}

{{- define "bulkhead.scheme" -}}
{{- ternary "https" "http" .Values.internalTls.enabled -}}
{{- end }}

{{/* What is run: the edges and services of the table that `bulkhead services` prints. */}}
{{- define "bulkhead.table" -}}
{{- .Files.Get "files/edges.json" -}}
{{- end }}

{{/* Names of the services that are on, as a JSON list. */}}
{{- define "bulkhead.services" -}}
{{- $on := list -}}
{{- range $name := (include "bulkhead.table" . | fromJson).services -}}
{{- $own := index $.Values.services $name -}}
{{- if ne (toString (dig "enabled" true (default dict $own))) "false" -}}
{{- $on = append $on $name -}}
{{- end -}}
{{- end -}}
{{- $on | toJson -}}
{{- end }}

{{/* What holds for a process: {root, name, own} to JSON. */}}
{{- define "bulkhead.process" -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) (default dict .own) | toJson -}}
{{- end }}

{{/* How many there may be at most: {process}. */}}
{{- define "bulkhead.most" -}}
{{- if .process.autoscaling.enabled -}}{{ int .process.autoscaling.maxReplicas }}{{- else -}}{{ int .process.replicas }}{{- end -}}
{{- end }}

{{- define "bulkhead.image" -}}
{{- $name := index .root.Values.image.names .image -}}
{{- $whole := ternary $name (printf "%s:%s" $name (default .root.Chart.AppVersion .root.Values.image.tag)) (regexMatch "[:@][^/]*$" $name) -}}
{{- with .root.Values.image.registry -}}{{ trimSuffix "/" . }}/{{- end -}}{{ $whole }}
{{- end }}

{{/* The name of the Secret with certificate, key and authority. */}}
{{- define "bulkhead.tlsSecret" -}}
{{- if .Values.internalTls.existingSecret -}}
{{- .Values.internalTls.existingSecret -}}
{{- else if .Values.internalTls.certManager.issuerRef -}}
{{- printf "%s-internal-tls" (include "bulkhead.fullname" .) -}}
{{- else -}}
{{- fail "internalTls needs existingSecret or certManager.issuerRef; without TLS, the secret that all processes share can be read on the network (internalTls.enabled=false, where the network itself encrypts)" -}}
{{- end -}}
{{- end }}

{{- define "bulkhead.secret" -}}
{{- printf "%s-%s" .root.Values.secrets.prefix .name -}}
{{- end }}

{{/* Names by which the pods of the gateway are told apart. */}}
{{- define "bulkhead.gatewayPeers" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $process := include "bulkhead.process" (dict "root" . "own" .Values.gateway) | fromJson -}}
{{- $most := int (include "bulkhead.most" (dict "process" $process)) -}}
{{- if gt $most 16 -}}
{{- fail "gateway: 16 at most, also by autoscaling.maxReplicas: each is told by its name when a credential is revoked" -}}
{{- end -}}
{{- range $i := until $most -}}
{{- if $i }} {{ end -}}
{{- printf "%s://%s-gateway-%d.%s-gateway-private.%s.svc:%s" (include "bulkhead.scheme" $) $full $i $full $.Release.Namespace (include "bulkhead.port.private" $) -}}
{{- end -}}
{{- end }}

{{/* {root, name}: the address that stands for all pods of a service. */}}
{{- define "bulkhead.podsPeer" -}}
{{- printf "%s://%s-%s-pods.%s.svc:%s" (include "bulkhead.scheme" .root) (include "bulkhead.fullname" .root) .name .root.Release.Namespace (include "bulkhead.port.wire" .root) -}}
{{- end }}

{{/* Seconds that a process has for what it still answers. */}}
{{- define "bulkhead.drain" -}}
{{- dig "service" "drain_s" .Values.drain.seconds .Values.settings | int64 -}}
{{- end }}

{{/* [limits]: what all processes count together. */}}
{{- define "bulkhead.limits" -}}
{{- $limits := dict -}}
{{- if dig "limits" "shared" "" .Values.settings -}}
{{- fail "settings.limits.shared: set valkey.url, so that the network's policies know of it" -}}
{{- end -}}
{{- if .Values.valkey.url -}}
{{- if regexMatch "://[^/@]*:[^/@]*@" .Values.valkey.url -}}
{{- fail "valkey.url: a password does not belong into an address; name the Secret with it as valkey.existingSecret" -}}
{{- end -}}
{{- $gateway := include "bulkhead.process" (dict "root" . "own" .Values.gateway) | fromJson -}}
{{- $_ := set $limits "shared" .Values.valkey.url -}}
{{- $_ := set $limits "gateways" (include "bulkhead.most" (dict "process" $gateway) | int) -}}
{{- if .Values.valkey.existingSecret -}}
{{- $_ := set $limits "shared_password_file" "/etc/bulkhead/valkey/password" -}}
{{- end -}}
{{- else if .Values.valkey.existingSecret -}}
{{- fail "valkey.url must be set; valkey.existingSecret holds the password only" -}}
{{- end -}}
{{- $limits | toJson -}}
{{- end }}

{{/* A quantity, such as 10Gi, in bytes. */}}
{{- define "bulkhead.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $number := regexFind "^[0-9]+" . -}}
{{- $unit := trimPrefix $number . -}}
{{- if or (not $number) (not (hasKey $units $unit)) -}}
{{- fail (printf "stateSize: %s is no whole size such as 10Gi" .) -}}
{{- end -}}
{{- mul (int64 $number) (int64 (get $units $unit)) -}}
{{- end }}

{{/* Of the smallest state folder, in bytes: whoever exceeds it is evicted, with the audit lines that are in no database yet. */}}
{{- define "bulkhead.smallestState" -}}
{{- $least := int64 (include "bulkhead.bytes" .Values.defaults.stateSize) -}}
{{- range $name := append (include "bulkhead.services" . | fromJsonArray) "gateway" -}}
{{- $own := ternary $.Values.gateway (index $.Values.services $name) (eq $name "gateway") -}}
{{- $process := include "bulkhead.process" (dict "root" $ "name" $name "own" $own) | fromJson -}}
{{- $least = min $least (int64 (include "bulkhead.bytes" $process.stateSize)) -}}
{{- end -}}
{{- $least -}}
{{- end }}

{{/* Settings as a map of sections, those of `settings` above ours; as JSON. */}}
{{- define "bulkhead.settings" -}}
{{- $full := include "bulkhead.fullname" . -}}
{{- $scheme := include "bulkhead.scheme" . -}}
{{- $url := required "database.url must be set, such as postgresql://bulkhead_{service}@db.example.com:5432/bulkhead?sslmode=verify-full" .Values.database.url -}}
{{- range list $url .Values.database.setupUrl .Values.database.replicaUrl -}}
{{- if or (regexMatch "://[^/@]*:[^/@]*@" .) (regexMatch "password *=" .) -}}
{{- fail "database: a password does not belong into an address; put it into `pgpass` of the Secrets" -}}
{{- end -}}
{{- end -}}
{{- $peer := dict "gateway" (include "bulkhead.gatewayPeers" .) -}}
{{- $listen := dict "gateway_private" (printf "%s://0.0.0.0:%s" $scheme (include "bulkhead.port.private" .)) -}}
{{- range $name := include "bulkhead.services" . | fromJsonArray -}}
{{- $_ := set $peer $name (printf "%s://%s-%s.%s.svc:%s" $scheme $full $name $.Release.Namespace (include "bulkhead.port.wire" $)) -}}
{{- $_ := set $listen $name (printf "%s://0.0.0.0:%s" $scheme (include "bulkhead.port.wire" $)) -}}
{{- end -}}
{{- if .Values.internalTls.enabled -}}
{{- $_ := include "bulkhead.tlsSecret" . -}}
{{- $_ := set $peer "ca_file" "/etc/bulkhead/tls/ca.crt" -}}
{{- $_ := set $listen "cert_file" "/etc/bulkhead/tls/tls.crt" -}}
{{- $_ := set $listen "key_file" "/etc/bulkhead/tls/tls.key" -}}
{{- end -}}
{{- $database := dict "url" $url -}}
{{- with .Values.database.setupUrl }}{{ $_ := set $database "setup_url" . }}{{ end -}}
{{- with .Values.database.replicaUrl }}{{ $_ := set $database "replica_url" . }}{{ end -}}
{{- $object := dict "driver" .Values.objects.driver -}}
{{- if eq .Values.objects.driver "s3" -}}
{{- $_ := set $object "s3_endpoint" (required "objects.endpoint must be set (or objects.driver=fs)" .Values.objects.endpoint) -}}
{{- $_ := set $object "s3_bucket" (required "objects.bucket must be set" .Values.objects.bucket) -}}
{{- $_ := set $object "s3_role" (required "objects.role must be set: the role that is assumed for each tenant" .Values.objects.role) -}}
{{- $_ := set $object "s3_region" .Values.objects.region -}}
{{- with .Values.objects.stsEndpoint }}{{ $_ := set $object "s3_sts_endpoint" . }}{{ end -}}
{{- with .Values.objects.caSecret }}{{ $_ := set $object "s3_ca_file" "/etc/bulkhead/objects/ca.crt" }}{{ end -}}
{{- $_ := set $object "s3_key_file" "/run/secrets/bulkhead/object" -}}
{{- else -}}
{{- $_ := required "objects.existingClaim must name a claim that all pods of rag can write" .Values.objects.existingClaim -}}
{{- $_ := set $object "folder" "/var/lib/bulkhead-objects" -}}
{{- end -}}
{{- $gateway := dict "listen" (printf "0.0.0.0:%s" (include "bulkhead.port.public" .)) -}}
{{- with .Values.publicUrl }}{{ $_ := set $gateway "public_url" . }}{{ end -}}
{{- with .Values.gateway.trustedProxies }}{{ $_ := set $gateway "trusted_proxies" . }}{{ end -}}
{{- if .Values.gateway.tlsSecret -}}
{{- $_ := set $gateway "cert_file" "/etc/bulkhead/public/tls.crt" -}}
{{- $_ := set $gateway "key_file" "/etc/bulkhead/public/tls.key" -}}
{{- end -}}
{{- $ours := dict "database" $database "object" $object "peer" $peer "listen" $listen "gateway" $gateway
	"service" (dict "drain_s" .Values.drain.seconds) "supervisor" (dict "quickstart" false) "engine" (dict "enabled" false) -}}
{{- if not (has "stripemock" (include "bulkhead.services" . | fromJsonArray)) -}}
{{- $_ := set $ours "billing" (dict "stripe_mock" false) -}}
{{- end -}}
{{- if .Values.mail.existingSecret -}}
{{- $_ := set $ours "mail" (dict "password_file" "/etc/bulkhead/mail/password") -}}
{{- end -}}
{{- if dig "auth" "syslog" "" .Values.settings -}}
{{- fail "settings.auth.syslog: set syslog.url, so that the network's policies know of it" -}}
{{- end -}}
{{- with .Values.syslog.url -}}
{{- $_ := set $ours "auth" (dict "syslog" .) -}}
{{- if $.Values.syslog.caSecret -}}
{{- $_ := set $ours.auth "syslog_ca_file" "/etc/bulkhead/syslog/ca.crt" -}}
{{- end -}}
{{- end -}}
{{- if .Values.backup.enabled -}}
{{- $_ := set $ours "backup" (dict "recipient" (required "backup.recipient must name whom backups are encrypted to: they hold the master key" .Values.backup.recipient)) -}}
{{- end -}}
{{- $state := int64 (include "bulkhead.smallestState" .) -}}
{{- $audit := int64 (dig "audit" "bytes_max" 0 .Values.settings) -}}
{{- if gt $audit (div (mul $state 4) 5) -}}
{{- fail (printf "settings.audit.bytes_max: %d is more than four fifths of the smallest stateSize" $audit) -}}
{{- end -}}
{{- $_ := set $ours "audit" (dict "bytes_max" (min (div $state 2) 17179869184)) -}}
{{- with include "bulkhead.limits" . | fromJson -}}
{{- $_ := set $ours "limits" . -}}
{{- end -}}
{{- mergeOverwrite $ours (deepCopy .Values.settings) | toJson -}}
{{- end }}

{{/* The file bulkhead.conf. */}}
{{- define "bulkhead.conf" -}}
{{- range $section, $rows := include "bulkhead.settings" . | fromJson }}
[{{ $section }}]
{{- range $name, $value := $rows }}
{{ $name }} = {{ if kindIs "float64" $value }}{{ int64 $value }}{{ else }}{{ $value }}{{ end }}
{{- end }}
{{ end }}
{{- end }}
