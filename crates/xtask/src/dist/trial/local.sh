# README.md: from the archive to a report on one's own machine.
run archive
set -m
run serve >serve.log 2>&1 &
server=$!
grep -m1 "listening on http://127.0.0.1:8787" < <(timeout 60 tail -n +1 -F --pid=$server serve.log 2>/dev/null) ||
  { cat serve.log; fail "wayside serve did not listen"; }
run look
run visit | tee acks
grep -q '"ranges":\[\[0,0\]\]' acks || fail "the visit was not acknowledged"
run report | tee report
grep -q '"customers": 1,' report || fail "the report does not count the visitor"
kill -INT -- -$server
wait $server || { cat serve.log; fail "Ctrl-C did not end wayside serve well"; }
