#!/bin/bash
# again.sh PROGRAM GROUP HOST RESOLVER: plays the recorded queries of a group once; record.sh's host has written /run/again/GROUP.*
program=$1 group=$2 host=$3 resolver=$4 log=/out/log/$3/again.log
cd /run/again || exit
case $program in
  dnsreplay) dnsreplay --speedup 100000 --timeout-msec 200 "$group.pcap" "$resolver" 53 ;;
  drool) drool replay --no-tcp "$group.pcap" "$resolver" 53 ;;
  dnsperf) dnsperf -s "$resolver" -d "$group.txt" -n 1 -Q 20 -q 4 -t 3 ;;
  resperf) resperf -s "$resolver" -d "$group.txt" -m 20 -r 4 -c 0 -t 3 -P /dev/null -q 50 ;;
  tcpreplay) tcpreplay -q --pps=20 -i eth0 "$group.$host.pcap" ;;
esac >>"$log" 2>&1 </dev/null
