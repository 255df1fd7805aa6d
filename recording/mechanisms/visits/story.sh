#!/bin/bash
# title: Visits: programs that go through many sites, and people who read
# Process 1 of the guest runs this as root (see ../world.sh).
PACKAGES="wget wget2 linkchecker httrack python3-scrapy htdig lynx w3m links2 elinks curl nscd chromium"
STORY_START=2025-04-07T00:00:00Z
STORY_END=2025-04-14T00:30:00Z
set -eu
. "$(dirname "$0")/../world.sh"
world_begin
sed -i "s|@HERE@|$STORY|g; s|@SITES@|$TABLES/sites|g" "$TABLES"/play/*
also_net pages 198.19.200.0/24
up pages python3 "$MECHANISMS/pages.py"
mkdir -p /run/nscd
wait_for "$start"
for file in "$TABLES"/play/*; do
  id=$(basename "$file")
  case $(awk -F'\t' -v id="$id" '$1 == id { print $8 }' "$TABLES/hosts.tsv") in
    *+dnsmasq)
      up "$id" dnsmasq --keep-in-foreground --user=root --conf-file=/dev/null --no-hosts --no-resolv "--server=${RESOLVER_OF[$id]}" --listen-address=127.0.0.1 --bind-interfaces --pid-file=
      sed -i 's/^nameserver.*/nameserver 127.0.0.1/' "/etc/netns/$id/resolv.conf"
      up "$id" python3 "$MECHANISMS/play.py" "$file" ;;
    *+nscd) # its socket must be this host's alone
      up "$id" bash -c "mount -t tmpfs tmpfs /run/nscd; mount -t tmpfs tmpfs /var/cache/nscd; nscd; exec python3 $MECHANISMS/play.py $file" ;;
    *) up "$id" python3 "$MECHANISMS/play.py" "$file" ;;
  esac
done
world_run
world_end
