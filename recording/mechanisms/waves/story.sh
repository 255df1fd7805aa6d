#!/bin/bash
# title: Waves: recorded queries played again, and names that become known
# Process 1 of the guest runs this as root (see ../world.sh).
PACKAGES="dnsperf pdns-tools drool tcpreplay bind9-dnsutils lynx w3m links2 wget curl"
STORY_START=2025-04-07T00:00:00Z
STORY_END=2025-04-11T02:30:00Z
set -eu
. "$(dirname "$0")/../world.sh"
world_begin
sed -i "s|@HERE@|$STORY|g" "$TABLES"/play/*
also_net pages 198.19.200.0/22
also_net pages 198.19.210.0/24
up pages python3 "$MECHANISMS/pages.py"
for k in 0 1 2 3 4; do also_net "crowd-$k" "198.18.$((64 + 8 * k)).0/21"; done
mkdir -p /run/again
recording=()
for file in "$TABLES"/play/*-first; do
  group=$(basename "$file" -first)
  ip netns exec "$group-first" python3 "$MECHANISMS/capture.py" "/run/again/$group.all" 'udp dst port 53' &
  recording+=($!)
done

prepare() { # what the programs read, from what was recorded
  local group host near far device from
  kill "${recording[@]}"
  sleep 1
  for group in $(cd "$TABLES/play" && ls -- *-first | sed 's/-first//'); do
    mv "/run/again/$group.all" "/run/again/$group.pcap"
    python3 - "$MECHANISMS" "/run/again/$group.pcap" >"/run/again/$group.txt" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import captures
for _, _, name, kind in captures.questions(open(sys.argv[2], "rb").read()):
    print(name, {1: "A", 28: "AAAA"}[kind])
END
    for host in $(awk -F'\t' -v group="$group-again" 'index($1, group) == 1 && $8 == "tcpreplay" { print $1 }' "$TABLES/hosts.tsv"); do
      read -r device far <<<"${LINK[$host]}"
      near=$(cat "/sys/class/net/$device/address")
      from=${ADDRESS[$group-first]}
      tcprewrite --infile="/run/again/$group.pcap" --outfile="/run/again/$group.$host.pcap" --enet-smac="$far" --enet-dmac="$near" \
        --srcipmap="$from/32:${ADDRESS[$host]}/32" --dstipmap="${RESOLVER_OF[$group-first]}/32:${RESOLVER_OF[$host]}/32" --fixcsum >>/out/log/tcprewrite.log 2>&1
    done
  done
}

wait_for "$start"
for file in "$TABLES"/play/*; do up "$(basename "$file")" python3 "$MECHANISMS/play.py" "$file"; done
at $((start + 86400 * 2 - 3600)) "what was recorded is prepared" prepare
world_run
world_end
