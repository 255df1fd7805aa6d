#!/bin/bash
# tunneler-session.sh ID RESOLVER TIMEOUT_MS DOCUMENTS: a tunnel, and documents fetched through it.
id=$1 resolver=$2 timeout=$3 documents=$4
"$TUNNELER/client" --local-address 127.0.0.1 --local-port 8080 --remote-address "$resolver" --remote-port 53 --tunneled-type Tcp dns \
  --client-suffix ".t.$id.example" --read-timeout-in-milliseconds "$timeout" --idle-client-timeout-in-milliseconds 20000 >>"/out/log/$id/tunneler.log" 2>&1 </dev/null &
pid=$!
sleep 2
for ((i = 0; i < documents; i++)); do
  curl -s -m 60 -o /dev/null "http://127.0.0.1:8080/doc$((i % 3))" || echo "curl $?" >>"/out/log/$id/tunneler.log"
  sleep 20
done
kill "$pid"
