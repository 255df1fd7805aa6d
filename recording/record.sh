#!/bin/bash
# record.sh [WORK [CASE]]: records the case stale-ptr anew: installs Debian packages, builds the kernel with virtual time, runs
# the two weeks of the story, and packs what the daemons wrote into CASE. Debian 12, as root; about an hour on two cores.
# WORK (default: a new folder below TMPDIR) keeps kernel, packages and raw output; what is there already is not made again.
# CASE defaults to ../cases/stale-ptr beside this folder; its records, labels.csv and case.toml are replaced, its README.md is not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mkdir -p "${1:-${TMPDIR:-/tmp}/askance-recording}" && cd "${1:-${TMPDIR:-/tmp}/askance-recording}" && pwd)
case_folder=${2:-$here/../cases/stale-ptr}
start=$(date -u -d 2025-03-02T23:45:00Z +%s)

packages() {
  local refuse=/usr/sbin/policy-rc.d made=
  # no daemon is to start on this machine because its package is installed
  if [ ! -e "$refuse" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$refuse"
    chmod +x "$refuse"
    made=yes
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq install --no-install-recommends bind9 bind9-utils unbound dnsmasq-base rsyslog busybox-static \
    haproxy monit curl conntrack nftables tcpdump iproute2 tzdata python3 m4 zstd gcc make bc flex bison libelf-dev xz-utils
  [ -z "$made" ] || rm "$refuse"
}

# The mail servers conflict with each other as packages: each is unpacked into a folder of its own, which its host has over this
# machine's file system.
mail_server() { # PACKAGE FOLDER
  local deb root=$work/roots/$2 store=$work/deb/$2 part
  [ ! -d "$root" ] || return 0
  mkdir -p "$store/partial" "$root.new"
  apt-get -y -qq install --no-install-recommends --download-only -o Dir::Cache::Archives="$store" "$1"
  for deb in "$store"/*.deb; do dpkg-deb -x "$deb" "$root.new"; done
  # Debian's /lib, /bin and /sbin are links into /usr; folders of these names would hide them
  for part in lib lib64 bin sbin; do
    [ -d "$root.new/$part" ] || continue
    mkdir -p "$root.new/usr/$part"
    cp -a "$root.new/$part/." "$root.new/usr/$part/"
    rm -r "${root:?}.new/$part"
  done
  mv "$root.new" "$root"
}

# The guest is stopped when its clock stands still for a quarter of an hour of ours.
run() {
  local out=$work/out pid
  rm -rf "$out"
  mkdir "$out"
  "$here/virtual-time/boot.sh" "$work/kernel/linux" "$here/stale-ptr/story.sh" "$out" "$start" VT_ROOTS="$work/roots" >"$work/guest.log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 15
    if [ -n "$(find "$out" -maxdepth 1 -mmin -15)" ] || [ -n "$(find "$out/log" -name '*.log' -mmin -15 -print -quit)" ]; then continue; fi
    kill "$pid"
    echo "the guest's clock stands still; see $work/guest.log" >&2
    return 1
  done
  tail -n 1 "$out/progress" | grep -q ' end$' || { echo "the story did not come to its end; see $out/main.log" >&2; return 1; }
}

packages
mail_server postfix postfix
mail_server exim4-daemon-light exim
mail_server opensmtpd opensmtpd
mail_server sendmail-bin sendmail
"$here/virtual-time/build-kernel.sh" "$work/kernel"
run
mkdir -p "$case_folder"
"$here/stale-ptr/pack.py" "$work/out" "$case_folder"
"$here/stale-ptr/labels.py" "$case_folder" >"$work/label-counts.tsv"
echo "recorded into $case_folder; lookups by label in $work/label-counts.tsv"
