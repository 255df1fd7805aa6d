#!/bin/bash
# iodine-session.sh ID PEER SECONDS DOWN UP OPTION...: a tunnel for so long; DOWN documents are fetched and UP ones sent through it, at even intervals.
id=$1 peer=$2 seconds=$3 down=$4 up=$5
shift 5
iodine -f -r -P secret "$@" "t.$id.example" >>"/out/log/$id/iodine.log" 2>&1 &
pid=$!
sleep $((seconds / 3))
for ((i = 0; i < down; i++)); do
  curl -s -m 60 -o /dev/null "http://$peer/doc$i" || echo "curl $?" >>"/out/log/$id/iodine.log"
  sleep 5
done
for ((i = 0; i < up; i++)); do
  curl -s -m 60 -o /dev/null -H 'Expect:' --data-binary @/srv/doc1 "http://$peer/cgi-bin/sink" || echo "curl $?" >>"/out/log/$id/iodine.log"
done
sleep $((seconds / 3))
kill "$pid"
