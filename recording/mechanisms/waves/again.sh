#!/bin/bash
# again.sh PROGRAM GROUP HOST RESOLVER: plays the recorded queries of a group once; story.sh has prepared /run/again/GROUP.*. Programs that spin between packets (resperf, tcpreplay's own pace)
# are no use where idle time is skipped: spinning is not idle.
program=$1 group=$2 host=$3 resolver=$4 log=/out/log/$3/again.log
cd /run/again || exit
case $program in
  dnsreplay) dnsreplay --speedup 100000 --timeout-msec 200 "$group.pcap" "$resolver" 53 ;;
  drool) drool replay --no-tcp "$group.pcap" "$resolver" 53 ;;
  dnsperf) dnsperf -s "$resolver" -d "$group.txt" -n 1 -Q 20 -q 4 -t 3 ;;
  tcpreplay) tcpreplay -q --topspeed -i eth0 "$group.$host.pcap" ;;
esac >>"$log" 2>&1 </dev/null
