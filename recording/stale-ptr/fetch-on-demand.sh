#!/bin/bash
# fetch-on-demand.sh SCHEDULE URL: at each time of the schedule fetches the file; all persistence is curl's own
# (--retry: one second, doubled each time; it counts a failed name as a transient error with --retry-all-errors).
while read -r at; do
  pause=$((at - EPOCHSECONDS))
  [ "$pause" -le 0 ] || sleep "$pause"
  date -u '+%FT%TZ start'
  curl --silent --show-error --retry 7 --retry-all-errors --max-time 30 --output /dev/null "$2" 2>&1
  echo "rc=$?"
done <"$1"
