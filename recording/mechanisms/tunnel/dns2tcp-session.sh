#!/bin/bash
# dns2tcp-session.sh ID TYPE SECONDS DOCUMENTS: a tunnel for so long, and documents fetched through it.
id=$1 kind=$2 seconds=$3 documents=$4
# it reads its standard input, too
dns2tcpc -z "t.$id.example" -r web -l 8080 -T "$kind" >>"/out/log/$id/dns2tcp.log" 2>&1 < <(exec sleep 2000) &
pid=$!
sleep $((seconds / 3))
for ((i = 0; i < documents; i++)); do
  curl -s -m 90 -o /dev/null "http://127.0.0.1:8080/doc$((i % 3))" || echo "curl $?" >>"/out/log/$id/dns2tcp.log"
  sleep 5
done
sleep $((seconds / 3))
kill "$pid"
