#!/bin/bash
# record.sh KERNEL [OUT]: runs the query list under virtual time (../virtual-time) and packs what the name servers logged into OUT
# (default: corpus/miss-times). Needs Debian's bind9, unbound, iproute2, python3, zstd; as root; about two minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernel=${1:?KERNEL, from ../virtual-time/build-kernel.sh} out=${2:-$here/../../corpus/miss-times}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../virtual-time/boot.sh" "$kernel" "$here/story.sh" "$work" "$(date -ud 2025-05-01T00:00:00Z +%s)"
tail -n 1 "$work/facts" | grep '^asked' || { echo "the story did not come to its end; see $work/main.log" >&2; exit 1; }
mkdir -p "$out"
cp "$work/facts" "$out/facts.txt"
for file in queries.tsv authority.log refusing.log root.log; do zstd -q -19 -f "$work/$file" -o "$out/$file.zst"; done
