#!/bin/bash
# systemd does not run in a namespace. This starts and ends what the unit file says, as the user it says; the restrictions of
# the unit file are read by `systemd-analyze verify` and do not hold here.
set -euo pipefail
unit=/etc/systemd/system/wayside.service
value() { sed -n "s/^$1=//p" "$unit"; }

start() {
  local user group folder
  user=$(value User)
  group=$(value Group)
  folder=/var/lib/$(value StateDirectory)
  install -d -o "$user" -g "$group" -m "$(value StateDirectoryMode)" "$folder"
  ulimit -n "$(value LimitNOFILE)"
  umask "$(value UMask)"
  # shellcheck disable=SC2046 # the unit file's words are separate arguments
  setsid setpriv --reuid "$user" --regid "$group" --init-groups -- $(value ExecStart) >>/var/log/wayside.log 2>&1 &
  echo $! >/var/wayside.pid
}

stop() {
  local process
  process=$(</var/wayside.pid)
  kill -"$(value KillSignal)" "$process"
  timeout "$(value TimeoutStopSec)" tail --pid="$process" -f /dev/null
  rm /var/wayside.pid
}

case "$*" in
daemon-reload)
  # It ends well also where it ignores a misspelt line, so nothing may be said of this file.
  problems=$(systemd-analyze verify "$unit" 2>&1) || { echo "$problems" >&2; exit 1; }
  if grep wayside.service <<<"$problems" >&2; then exit 1; fi
  ;;
"enable --now wayside" | "start wayside") start ;;
"stop wayside") stop ;;
"restart wayside")
  stop
  start
  ;;
"reload nginx") if [ -e /run/nginx.pid ] && kill -0 "$(</run/nginx.pid)"; then nginx -s reload; else nginx; fi ;;
"reload caddy")
  # The real Caddy with the real file; only the certificate comes from its own authority, since there is no internet.
  { printf '{\n\tlocal_certs\n\tskip_install_trust\n}\n' && cat /etc/caddy/Caddyfile; } >/etc/caddy/Caddyfile.local
  caddy start --adapter caddyfile --config /etc/caddy/Caddyfile.local
  ;;
*)
  echo "systemctl $*: the pages did not use this before; teach it to systemctl.sh" >&2
  exit 1
  ;;
esac
