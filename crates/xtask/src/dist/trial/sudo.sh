#!/bin/bash
# sudo [-u USER] COMMAND…, by root.
set -euo pipefail
if [ "$1" = -u ]; then
  user=$2
  shift 2
  exec setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
fi
exec "$@"
