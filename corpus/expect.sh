#!/bin/sh
# Writes corpus/expect/NAME.tsv: what tshark sees in each capture. The captures that tshark cannot
# open as they stand (wrappers, two files in one) have their expectation from the file they were made of.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/expect"
for capture in "$here"/captures/*.pcap "$here"/captures/*.pcapng; do
    name=$(basename "$capture")
    [ "$name" != two-files.pcap ] || continue
    # tshark says "cut short" on stderr and exits 2 where a file is cut; what precedes is still wanted.
    { tshark -r "$capture" -o tcp.reassemble_out_of_order:TRUE -o ip.defragment:TRUE -T pdml 2>/dev/null || :; } |
        python3 "$here/record/expect.py" >"$here/expect/$name.tsv"
done
