#!/bin/bash
# hand-over.sh: hands each mail of /tmp/mails (epoch, sender, recipient) to this host's queue when its time has come.
n=0
while IFS=$'\t' read -r at from to; do
  pause=$((at - EPOCHSECONDS))
  [ "$pause" -le 0 ] || sleep "$pause"
  n=$((n + 1))
  {
    printf 'From: <%s>\nTo: <%s>\nSubject: Message %s of this sender\n\n' "$from" "$to" "$n"
    for ((line = 0; line < 8 + n % 23; line++)); do printf 'Line %s of a message without meaning, as long as such lines are in ordinary mail.\n' "$line"; done
  } | /usr/sbin/sendmail -f "$from" "$to"
done </tmp/mails
