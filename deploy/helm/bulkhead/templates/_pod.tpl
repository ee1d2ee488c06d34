{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* What Pod Security's `restricted` asks for, and a root that nobody can write. */}}
{{- define "bulkhead.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.user.uid }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .Values.user.gid }}
runAsGroup: {{ int64 . }}
{{- end }}
{{- with .Values.user.fsGroup }}
fsGroup: {{ int64 . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "bulkhead.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* {root, name, process}: how a pod is placed, and what holds for all of them. No service links: their variables begin like
     settings of ours where the release is called bulkhead. */}}
{{- define "bulkhead.podCommon" -}}
serviceAccountName: {{ include "bulkhead.fullname" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "bulkhead.podSecurity" .root | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
topologySpreadConstraints:
  {{- range $key, $unsatisfiable := dict "kubernetes.io/hostname" "ScheduleAnyway" "topology.kubernetes.io/zone" "ScheduleAnyway" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: {{ $unsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "bulkhead.selector" $ | nindent 8 }}
  {{- end }}
{{- with .process.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .process.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .process.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .process.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* Labels and annotations of a pod's template: {root, name, process}. */}}
{{- define "bulkhead.podMeta" -}}
labels:
  {{- include "bulkhead.labels" . | nindent 2 }}
  {{- with .process.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  bulkhead/settings: {{ include "bulkhead.conf" .root | sha256sum }}
  {{- with .process.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "bulkhead.env" -}}
- {name: BULKHEAD_HOME, value: /var/lib/bulkhead}
- {name: BULKHEAD_RUN, value: /run/bulkhead}
- {name: BULKHEAD_SECRETS_DIR, value: /run/secrets/bulkhead}
- {name: PGPASSFILE, value: /run/secrets/bulkhead/pgpass}
- {name: TMPDIR, value: /var/lib/bulkhead/spool}
- name: BULKHEAD_INSTANCE
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
{{- with .Values.publicUrl }}
- {name: BULKHEAD_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* The gateway knows each service by the addresses of its pods; `settings` stand above that, too. */}}
{{- define "bulkhead.gatewayEnv" -}}
{{- range $name := include "bulkhead.services" . | fromJsonArray }}
{{- if not (dig "peer" $name "" $.Values.settings) }}
- {name: BULKHEAD_PEER_{{ upper $name }}, value: {{ include "bulkhead.podsPeer" (dict "root" $ "name" $name) | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "bulkhead.mounts" -}}
- {name: state, mountPath: /var/lib/bulkhead}
- {name: spool, mountPath: /var/lib/bulkhead/spool}
- {name: settings, mountPath: /var/lib/bulkhead/bulkhead.conf, subPath: bulkhead.conf, readOnly: true}
- {name: run, mountPath: /run/bulkhead}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /run/secrets/bulkhead, readOnly: true}
{{- if and .root.Values.internalTls.enabled (not (has .name (list "migrate" "backup"))) }}
- {name: tls, mountPath: /etc/bulkhead/tls, readOnly: true}
{{- end }}
{{- if .root.Values.database.caSecret }}
- {name: database-ca, mountPath: /etc/bulkhead/database, readOnly: true}
{{- end }}
{{- if has .name (list "rag" "backup") }}
{{- if eq .root.Values.objects.driver "fs" }}
- {name: objects, mountPath: /var/lib/bulkhead-objects}
{{- else if .root.Values.objects.caSecret }}
- {name: objects-ca, mountPath: /etc/bulkhead/objects, readOnly: true}
{{- end }}
{{- end }}
{{- if eq .name "backup" }}
- {name: secrets, mountPath: /var/lib/bulkhead/master.key, subPath: master.key, readOnly: true}
- {name: backups, mountPath: /backups}
{{- end }}
{{- if and (has .name (list "auth" "billing")) .root.Values.mail.existingSecret }}
- {name: mail, mountPath: /etc/bulkhead/mail, readOnly: true}
{{- end }}
{{- if and (eq .name "auth") .root.Values.syslog.caSecret }}
- {name: syslog-ca, mountPath: /etc/bulkhead/syslog, readOnly: true}
{{- end }}
{{- if include "bulkhead.countsShared" . }}
- {name: valkey, mountPath: /etc/bulkhead/valkey, readOnly: true}
{{- end }}
{{- if and (eq .name "gateway") .root.Values.gateway.tlsSecret }}
- {name: public-tls, mountPath: /etc/bulkhead/public, readOnly: true}
{{- end }}
{{- end }}

{{/* {root, name}: whether it counts with others, by a password. */}}
{{- define "bulkhead.countsShared" -}}
{{- if and .root.Values.valkey.existingSecret (not (has .name (list "migrate" "supervisor" "backup"))) }}true{{ end -}}
{{- end }}

{{/* {root, name, process}. A migration and a backup speak to none of the others; a migration runs before a certificate may be there. Files come with the pod's group: 0440, which the processes accept and nobody else can read. */}}
{{- define "bulkhead.volumes" -}}
- name: state
  emptyDir: {sizeLimit: {{ .process.stateSize }}}
- name: spool
  emptyDir: {sizeLimit: {{ .process.stateSize }}}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 16Mi}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
- name: settings
  configMap: {name: {{ .settings | default (include "bulkhead.fullname" .root) }}}
- name: secrets
  secret: {secretName: {{ include "bulkhead.secret" . }}, defaultMode: 0440}
{{- if and .root.Values.internalTls.enabled (not (has .name (list "migrate" "backup"))) }}
- name: tls
  secret: {secretName: {{ include "bulkhead.tlsSecret" .root }}, defaultMode: 0440}
{{- end }}
{{- if .root.Values.database.caSecret }}
- name: database-ca
  secret: {secretName: {{ .root.Values.database.caSecret }}, defaultMode: 0440}
{{- end }}
{{- if has .name (list "rag" "backup") }}
{{- if eq .root.Values.objects.driver "fs" }}
- name: objects
  persistentVolumeClaim: {claimName: {{ .root.Values.objects.existingClaim }}}
{{- else if .root.Values.objects.caSecret }}
- name: objects-ca
  secret: {secretName: {{ .root.Values.objects.caSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}
{{- if eq .name "backup" }}
- name: backups
  persistentVolumeClaim: {claimName: {{ required "backup.existingClaim must name a claim for the backups" .root.Values.backup.existingClaim }}}
{{- end }}
{{- if and (has .name (list "auth" "billing")) .root.Values.mail.existingSecret }}
- name: mail
  secret: {secretName: {{ .root.Values.mail.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- if and (eq .name "auth") .root.Values.syslog.caSecret }}
- name: syslog-ca
  secret: {secretName: {{ .root.Values.syslog.caSecret }}, defaultMode: 0440}
{{- end }}
{{- if include "bulkhead.countsShared" . }}
- name: valkey
  secret:
    secretName: {{ .root.Values.valkey.existingSecret }}
    items: [{key: {{ .root.Values.valkey.key }}, path: password}]
    defaultMode: 0440
{{- end }}
{{- if and (eq .name "gateway") .root.Values.gateway.tlsSecret }}
- name: public-tls
  secret: {secretName: {{ .root.Values.gateway.tlsSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{/* {root, port}: the kubelet asks without a secret; both paths are answered to everybody. */}}
{{- define "bulkhead.probes" -}}
{{- $get := dict "port" .port "scheme" (include "bulkhead.scheme" .root | upper) -}}
startupProbe:
  httpGet: {{ set (deepCopy $get) "path" "/livez" | toJson }}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {{ set (deepCopy $get) "path" "/livez" | toJson }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {{ set (deepCopy $get) "path" "/readyz" | toJson }}
  periodSeconds: 3
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}
