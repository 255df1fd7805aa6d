#!/bin/bash
# log-loop.sh ID START PERIOD COMMAND...: resolves the web server's log, from START every PERIOD seconds.
id=$1 start=$2 period=$3
shift 3
sleep $((${start%.*} - $(date +%s)))
while :; do
  now=$(date +%s)
  if [ "$1" = jdresolve ]; then
    [ ! -s "/tmp/$id.log" ] || jdresolve -n -t 5 "/tmp/$id.log" >/dev/null 2>&1
  else
    [ ! -s "/tmp/$id.log" ] || "$@" <"/tmp/$id.log" >/dev/null 2>&1
  fi
  sleep $((period - ($(date +%s) - now)))
done
