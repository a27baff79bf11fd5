# docs/deploy.md: one node, with a certificate of a throwaway authority that this machine trusts.
echo "127.0.0.1 collect.example" >>/etc/hosts
live=/etc/letsencrypt/live/collect.example
mkdir -p $live /usr/local/share/ca-certificates /var/backups /etc/nginx/conf.d /etc/caddy
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 2 -subj /CN=trial -addext keyUsage=critical,keyCertSign
openssl req "${key[@]}" -keyout $live/privkey.pem -out leaf.csr -subj /CN=collect.example
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $live/fullchain.pem \
  -extfile <(printf 'subjectAltName=DNS:collect.example\nbasicConstraints=CA:FALSE\n')
cp ca.pem /usr/local/share/ca-certificates/trial.crt
update-ca-certificates >/dev/null

# What the world sees through the proxy; the arguments are curl's.
check_proxy() {
  local path status seen
  while read -r path status; do
    seen=$(curl "$@" --silent --output /dev/null --write-out '%{http_code}' "$path") || fail "no answer from $path"
    [ "$seen" = "$status" ] || fail "$path gives $seen, not $status"
  done <<'EOF'
https://collect.example/wayside.js 200
https://collect.example/healthz 404
https://collect.example/metrics 404
https://collect.example/api/sites 401
EOF
  curl --silent --head http://collect.example/ | grep -qi '^location: https://collect.example/' || fail "HTTP does not lead to HTTPS"
}

run deploy
check_proxy

# The unit file gives the server little of the machine: 2.0 of 10 is systemd's word for well locked.
systemd-analyze security --offline=true --threshold=20 /etc/systemd/system/wayside.service | tail -n 1

# The static binary's own name look-up and TLS, with the machine's certificates.
printf 'touchpoints:\n  page_view:\n' >plan.yaml
wayside check-plan plan.yaml https://collect.example --site shop --read-token-file <(printf %s "$token") --format json | tee checked
grep -q '"page_view"' checked || fail "the static binary found no touchpoint through the proxy"

process=$(</run/nginx.pid)
nginx -s stop
timeout 60 tail --pid="$process" -f /dev/null
run caddy
check_proxy --cacert "$HOME/.local/share/caddy/pki/authorities/local/root.crt" --retry 60 --retry-delay 1 --retry-all-errors
caddy stop
systemctl stop wayside
