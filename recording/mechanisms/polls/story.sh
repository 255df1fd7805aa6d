#!/bin/bash
# title: trial
set -eu
. "$(dirname "$0")/../world.sh"
world_begin
wait_for "$start"
for n in 1 2 3 4 5; do
  up "c$n" bash -c "while sleep 60; do curl -s -o /dev/null http://c$n.trial.example/; getent hosts nx$n.trial.example; getent hosts c$n.lame.example;  getent hosts c$n.refused.example; getent hosts 198.19.0.$n; done"
done
world_run
world_end
