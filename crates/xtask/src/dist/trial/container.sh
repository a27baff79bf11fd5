# README.md: the container. buildah builds and runs it: it needs no service, and no control groups, which a namespace may lack.
engine() { buildah --root "$work/images" --runroot "$work/engine" --storage-driver vfs "$@"; }
docker() {
  [ "$1" = build ] || fail "docker $1: the README did not use this before; teach it to container.sh"
  engine bud --isolation chroot --format docker "${@:2}"
}
run archive
run image
file=deploy/Containerfile
token=$(openssl rand -hex 24)
container=$(engine from wayside)
contained() { engine run --isolation chroot --env WAYSIDE_READ_TOKEN="$token" "$container" -- "$@"; }
check=$(sed -n 's/^HEALTHCHECK .*CMD \["\(.*\)"\]$/\1/p' $file | sed 's/", "/ /g')
[ -n "$check" ] || fail "$file has no health check"

contained /wayside serve >serve.log 2>&1 &
# shellcheck disable=SC2086 # the words of the check are separate arguments
contained $check --wait 60 || { cat serve.log; fail "the health check does not pass"; }
run visit
server=$(pgrep -x wayside)
[ "$(stat --format %u:%g "/proc/$server")" = 65532:65532 ] || fail "the server does not run as the image's user"
kill -TERM "$server"
wait %1 || { cat serve.log; fail "the container does not end well"; }
contained /wayside sites --format csv | tee sites
grep -q '^shop,1,' sites || fail "the touchpoint is not in the volume"
# shellcheck disable=SC2086
if contained $check; then fail "the health check passes without a server"; fi
