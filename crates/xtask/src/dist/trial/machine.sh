# A machine of its own for one script: machine FOLDER SCRIPT, as root, in new namespaces of mounts, network and processes.
set -euo pipefail
folder=$1
scripts=$folder/scripts

mount --make-rprivate /
layers=$folder/layers
mkdir -p "$layers"
mount -t tmpfs tmpfs "$layers"
for part in etc usr var; do
  mkdir -p "$layers/$part/changes" "$layers/$part/work"
  mount -t overlay overlay -o "lowerdir=/$part,upperdir=$layers/$part/changes,workdir=$layers/$part/work" "/$part"
done
ip link set lo up

install -m 755 "$scripts/systemctl" /usr/local/sbin/systemctl
command -v sudo >/dev/null || install -m 755 "$scripts/sudo" /usr/local/sbin/sudo
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# As a user has it, and an empty folder with what was downloaded.
export HOME=$layers/home
work=$layers/work-folder
mkdir -p "$HOME" "$work"
cp "$folder"/download/* "$work"
cd "$work"
for name in $(compgen -e WAYSIDE_) CARGO_TARGET_DIR; do unset "$name"; done

# Prints the script's commands, and says which failed.
run() { echo "  # $1"; PS4='  $ '; set -x; . "$scripts/$1"; { set +x; } 2>/dev/null; }
# Prints what stands in the way and ends.
fail() { echo "FAILED: $*" >&2; exit 1; }

. "$scripts/$2"
