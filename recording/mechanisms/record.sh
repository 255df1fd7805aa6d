#!/bin/bash
# record.sh STORY [WORK [CASE [VT_NAME=VALUE ...]]]: records corpus/mechanisms/STORY anew: installs the Debian packages that the story
# names, builds the kernel with virtual time, runs the story, packs what was recorded. Debian 12, as root.
# WORK (default: a new folder below TMPDIR) keeps kernel, unpacked packages and raw output; what is there already is not made again.
# CASE defaults to ../../corpus/mechanisms/STORY beside this folder; its README.md is not touched. A trial: ... VT_SPAN=7200
# In story.sh: PACKAGES="..." on one line (installed), UNPACK="folder=package,package ..." on one line (unpacked below WORK/roots, for
# those that conflict with others; hosts.tsv names the folder).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
story=${1:?STORY} work=$(mkdir -p "${2:-${TMPDIR:-/tmp}/askance-recording}" && cd "${2:-${TMPDIR:-/tmp}/askance-recording}" && pwd)
case_folder=${3:-$here/../../corpus/mechanisms/$story}
shift $(($# < 3 ? $# : 3))
word_of() { sed -n "s/^$1=\"\(.*\)\".*/\1/p" "$here/$story/story.sh"; }

packages() {
  local refuse=/usr/sbin/policy-rc.d made='' missing=() package
  for package in bind9 unbound knot-resolver dnsmasq-base curl wget conntrack nftables tcpdump iproute2 tzdata python3 gcc make bc flex bison libelf-dev xz-utils $(word_of PACKAGES); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  # no daemon is to start on this machine because its package is installed
  if [ ! -e "$refuse" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$refuse"
    chmod +x "$refuse"
    made=yes
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=900 -y -qq install --no-install-recommends "${missing[@]}"
  [ -z "$made" ] || rm "$refuse"
}

unpack() { # FOLDER PACKAGE...: these alone, without what they depend on
  local root=$work/roots/$1 store=$work/deb/$1 part deb
  [ ! -d "$root" ] || return 0
  shift
  mkdir -p "$store" "$root.new"
  (cd "$store" && apt-get download "$@")
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
  local out=$work/$story pid start
  start=$(sed -n 's/^STORY_START=//p' "$here/$story/story.sh")
  rm -rf "$out"
  mkdir -p "$out" "$work/roots"
  nice -n 5 "$here/../virtual-time/boot.sh" "$work/kernel/linux" "$here/$story/story.sh" "$out" "$(($(date -ud "${start:-2025-04-07T00:00:00Z}" +%s) - 600))" VT_ROOTS="$work/roots" "$@" >"$work/$story.log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 5
    [ -z "$(find "$out" -maxdepth 1 -name progress -mmin +15)" ] || { kill "$pid"; echo "the guest's clock stands still; see $work/$story.log" >&2; return 1; }
  done
  tail -n 1 "$out/progress" | grep -q ' end$' || { echo "the story did not come to its end; see $out/main.log" >&2; return 1; }
}

packages
for word in $(word_of UNPACK); do IFS=, read -ra list <<<"${word#*=}"; unpack "${word%%=*}" "${list[@]}"; done
"$here/../virtual-time/build-kernel.sh" "$work/kernel"
run "$@"
mkdir -p "$case_folder"
"$here/pack.py" "$work/$story" "$here/$story" "$case_folder"
"$here/counts.py" "$work/$story/label-counts.tsv"
echo "recorded into $case_folder"
