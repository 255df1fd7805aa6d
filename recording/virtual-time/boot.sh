#!/bin/bash
# boot.sh KERNEL MAIN OUT START_EPOCH_S [VT_NAME=VALUE ...]: runs MAIN (absolute path, executable) as root in a guest on this machine's own file
# system (which the guest also sees below /.old; all writes thrown away, but for /out = OUT), whose clock starts at START_EPOCH_S and in which idle time is skipped.
kernel=${1:?KERNEL} main=${2:?MAIN} out=$(mkdir -p "${3:?OUT}" && cd "$3" && pwd) start=${4:?START_EPOCH_S}; shift 4
here=$(cd "$(dirname "$0")" && pwd); chmod 777 "$out"
exec "$kernel" mem=4G root=/dev/root rootfstype=hostfs rootflags=/ ro init="$here/init.sh" VT_HOME="$here" VT_MAIN="/.old$main" VT_OUT="$out" \
  time-travel time-travel-start=$((start * 1000000000)) con=null con0=null,fd:1 con1=null quiet loglevel=4 TZ=UTC "$@"
