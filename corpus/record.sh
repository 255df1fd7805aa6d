#!/bin/sh
# Records the captures of corpus/captures/ from real servers on namespaces of this machine.
#
# Run as root on Linux with iproute2, bind9, bind9-dnsutils, tcpdump, tshark (editcap, dumpcap),
# python3 and the compressors. It needs no network. Then run `expect.sh` and `record/manifest.py`.
#
#   client 192.0.2.10 ── 192.0.2.54 resolver 198.51.100.54 ── 198.51.100.53 name server
#          2001:db8::10  2001:db8::54
set -eu
here=$(cd "$(dirname "$0")" && pwd)/record
out=$here/../captures
work=$(mktemp -d)
chmod 755 "$work"
pids=
quit() {
    for pid in $pids; do kill "$pid" 2>/dev/null || :; done
    for ns in client resolver server; do ip netns del "askance-$ns" 2>/dev/null || :; done
    rm -rf "$work"
}
trap quit EXIT
trap 'exit 1' INT TERM

in_ns() { ns=$1; shift; ip netns exec "askance-$ns" "$@"; }

network() {
    for ns in client resolver server; do
        ip netns add "askance-$ns"
        in_ns $ns ip link set lo up
        in_ns $ns sysctl -qw net.ipv4.tcp_fastopen=3 net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
    done
    ip -n askance-client link add up0 type veth peer name down0 netns askance-resolver
    ip -n askance-resolver link add up0 type veth peer name down0 netns askance-server
    in_ns client ip addr add 192.0.2.10/24 dev up0
    in_ns client ip -6 addr add 2001:db8::10/64 dev up0 nodad
    for host in 54 55; do in_ns resolver ip addr add 192.0.2.$host/24 dev down0; done
    in_ns resolver ip -6 addr add 2001:db8::54/64 dev down0 nodad
    in_ns resolver ip addr add 198.51.100.54/24 dev up0
    in_ns server ip addr add 198.51.100.53/24 dev down0
    in_ns client ip link set up0 up
    in_ns resolver ip link set down0 up
    in_ns resolver ip link set up0 up
    in_ns server ip link set down0 up
    # Segmentation offload would show packets that never were on a wire.
    for port in client:up0 resolver:down0 resolver:up0 server:down0; do
        ip -n "askance-${port%:*}" link set "${port#*:}" gso_max_segs 1
    done
}

servers() {
    mkdir "$work/server" "$work/resolver"
    cp "$here"/example.zone "$here"/reverse.zone "$work/server"
    python3 "$here/traffic.py" zone >>"$work/server/example.zone"
    named-checkzone -q example "$work/server/example.zone"
    cat >"$work/server/named.conf" <<EOF
options { directory "$work/server"; pid-file none; listen-on { 198.51.100.53; }; listen-on-v6 { none; };
  recursion no; max-udp-size 4096; dnssec-validation no; allow-transfer { any; }; };
controls { };
zone "example" { type primary; file "example.zone"; check-names ignore; };
zone "2.0.192.in-addr.arpa" { type primary; file "reverse.zone"; };
EOF
    cat >"$work/resolver/named.conf" <<EOF
options { directory "$work/resolver"; pid-file none; listen-on { 192.0.2.54; }; listen-on-v6 { 2001:db8::54; };
  recursion yes; allow-recursion { any; }; max-udp-size 4096; edns-udp-size 4096; dnssec-validation no;
  empty-zones-enable no; qname-minimization off; resolver-query-timeout 10000; };
controls { };
zone "example" { type static-stub; server-addresses { 198.51.100.53; }; };
zone "2.0.192.in-addr.arpa" { type static-stub; server-addresses { 198.51.100.53; }; };
zone "." { type hint; file "/dev/null"; };
EOF
    # `ip netns exec` itself and not the function, so that $! is the server and not a shell.
    for host in server resolver; do
        ip netns exec askance-$host named -g -c "$work/$host/named.conf" >"$work/$host.log" 2>&1 &
        pids="$pids $!"
    done
    ip netns exec askance-resolver python3 "$here/traffic.py" sink & pids="$pids $!"
    tries=0
    until in_ns client dig +short +time=1 +tries=1 @192.0.2.54 www.example | grep -qx 192.0.2.80; do
        tries=$((tries + 1))
        [ $tries -lt 20 ] || { cat "$work/server.log" "$work/resolver.log"; exit 1; }
        sleep 0.2
    done
}

# capture NAMESPACE NAME TCPDUMP-ARGUMENTS... -- SCENE: one capture around one scene of traffic.
capture() {
    ns=$1 name=$2; shift 2
    args=
    while [ "$1" != -- ]; do args="$args $1"; shift; done
    shift
    # shellcheck disable=SC2086 # the arguments are words
    ip netns exec "askance-$ns" tcpdump --immediate-mode -U -n -Z root $args -w "$work/$name" 2>"$work/tcpdump.log" & pid=$!
    until grep -qs listening "$work/tcpdump.log"; do :; done
    in_ns "$from" python3 "$here/traffic.py" "$1" >/dev/null
    # The last frames reach the file with the next one; tcpdump writes them out when it is told to end.
    in_ns client python3 "$here/traffic.py" tick
    kill $pid
    wait $pid || [ $? -eq 143 ]
    cp "$work/$name" "$out/$name"
}

record() {
    from=client
    capture client ethernet-udp.pcap -i up0 -- udp
    capture client ipv6-udp.pcap -i up0 -- udp6
    capture resolver sll.pcap -i any -y LINUX_SLL -- few
    capture resolver sll2.pcap -i any -y LINUX_SLL2 -- few
    capture client nanoseconds.pcap -i up0 --time-stamp-precision=nano -- few
    capture client snaplen.pcap -i up0 -s 80 -- few
    capture client tcp.pcap -i up0 -- tcp
    capture client tcp-fastopen.pcap -i up0 -- fastopen
    capture client hostile.pcap -i up0 -- hostile
    from=resolver
    capture resolver transfer.pcap -i up0 -- transfer
    from=client

    in_ns resolver ip link set down0 mtu 1280; in_ns client ip link set up0 mtu 1280
    capture client ipv6-fragments.pcap -i up0 -- large6
    in_ns resolver ip link set down0 mtu 600; in_ns client ip link set up0 mtu 600
    capture client ipv4-fragments.pcap -i up0 -- large
    in_ns resolver ip link set down0 mtu 1500; in_ns client ip link set up0 mtu 1500
    in_ns resolver ip -6 addr replace 2001:db8::54/64 dev down0 nodad
    in_ns client ip -6 addr replace 2001:db8::10/64 dev up0 nodad

    ip netns exec askance-client dumpcap -q -i up0 -i lo -w "$work/interfaces.pcapng" 2>"$work/dumpcap.log" & pid=$!
    until grep -qs "^File" "$work/dumpcap.log"; do :; done
    in_ns client python3 "$here/traffic.py" few >/dev/null
    in_ns client python3 "$here/traffic.py" tick
    kill $pid
    wait $pid || [ $? -eq 143 ]
    cp "$work/interfaces.pcapng" "$out/interfaces.pcapng"
}

network
servers
record
python3 "$here/rewrite.py" "$out"
