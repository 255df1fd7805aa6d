# shellcheck shell=bash disable=SC1091,SC2154
# What the four mail stories share; sourced by their story.sh after ../world.sh.
. "$MECHANISMS/mail/accounts.sh"
. "$MECHANISMS/mail/mta.sh"
. "$MECHANISMS/mail/checkers.sh"
. "$MECHANISMS/mail/queues.sh"
. "$MECHANISMS/mail/scans.sh"

# In place of world.sh's capture with tcpdump (record_packets.py says why); the root's traffic is not recorded.
capture() { # HOST FILE FILTER
  [ "$1" != root ] || return 0
  ip netns exec "$1" /usr/bin/python3 "$MECHANISMS/mail/record_packets.py" "/out/log/$2.pcap" "$([[ $2 != clients-* ]] || echo clients)" &
  captures+=($!)
}

# The addresses that belong to the instances alone, on the host that connects to receivers (or is what senders connect to).
mail_world() { # HELPER
  local number
  while IFS=$'\t' read -r _ _ number _; do also_net "$1" "198.18.$number.0/24"; done < <(awk -F'\t' -v part="$PART" '$1 == part' "$MECHANISMS/mail/instances.tsv")
}

wanted() { [ -z "${VT_ONLY:-}" ] || [[ ,$VT_ONLY, = *,$1,* ]]; } # for trials: VT_ONLY=v1,v5
begin() { # INSTANCE COMMAND...: starts an instance with this function, unless a trial leaves it out
  local name=$1 function=$2
  shift 2
  wanted "$name" || return 0
  "$function" "$name" "$@"
}

keep_logs() { # the mail servers' own logs, below /out
  local name file
  for name in "${!ROOT[@]}"; do
    [ "${ROOT[$name]}" != / ] || continue
    for file in mail.log other.log exim4/mainlog exim4/paniclog; do
      if [ -s "${ROOT[$name]}/var/log/$file" ]; then cp "${ROOT[$name]}/var/log/$file" "/out/log/$name/$(basename "$file")"; fi
    done
  done
}

stop_after() { # NAME DAYS: ends the host's programs after so many days of the story
  wait_for $((start + $2 * 86400))
  ip netns pids "$1" | xargs -r kill
}
