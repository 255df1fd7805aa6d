# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# Hosts as network namespaces joined to this one, which routes. Sourced by world.sh.

declare -A ADDRESS FQDN RESOLVER_OF ZONE ROOT
host_count=0

# link NAME ADDRESS: a namespace joined by a veth pair, static neighbours (no ARP in the captures), 2 ms to the router
link() {
  local name=$1 address=$2 near far
  host_count=$((host_count + 1))
  printf -v near '02:00:00:01:%02x:%02x' $((host_count >> 8)) $((host_count & 255))
  printf -v far '02:00:00:02:%02x:%02x' $((host_count >> 8)) $((host_count & 255))
  ip netns add "$name"
  ip link add "v$host_count" address "$near" type veth peer name eth0 netns "$name" address "$far"
  ip -n "$name" -batch - <<END
link set lo up
link set eth0 up
route add 169.254.1.1 dev eth0
neigh add 169.254.1.1 lladdr $near dev eth0 nud permanent
addr add $address/32 dev eth0
route add default via 169.254.1.1 dev eth0 src $address
END
  ip -batch - <<END
link set v$host_count up
route add $address/32 dev v$host_count
neigh add $address lladdr $far dev v$host_count nud permanent
END
  tc qdisc add dev "v$host_count" root netem delay 2ms
  LINK[$name]="v$host_count $far"
}
declare -A LINK

# also NAME ADDRESS: one more address on the host
also() {
  local device mac
  read -r device mac <<<"${LINK[$1]}"
  ip -n "$1" addr add "$2/32" dev eth0
  ip route add "$2/32" dev "$device"
  ip neigh add "$2" lladdr "$mac" dev "$device" nud permanent
}

# also_net NAME PREFIX: every address of the prefix is on the host
also_net() {
  local device
  read -r device _ <<<"${LINK[$1]}"
  ip -n "$1" route add local "$2" dev lo
  ip route add "$2" via "${ADDRESS[$1]}" dev "$device" onlink
}

# files NAME ROOT SEARCH: the few files under /etc in which hosts differ. SEARCH is what stands after "search" in resolv.conf;
# what follows a semicolon is a further line, as in "corp.example;options ndots:2".
files() {
  local name=$1 etc=$2/etc search=$3
  [ -d "$etc" ] || mkdir -p "$etc"
  printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n' >"$etc/nsswitch.conf"
  printf '127.0.0.1 localhost\n127.0.1.1 %s %s\n' "${FQDN[$name]}" "${FQDN[$name]%%.*}" >"$etc/hosts"
  [ ! -L "$etc/resolv.conf" ] || rm "$etc/resolv.conf"
  {
    [ "${search%%;*}" = - ] || printf 'search %s\n' "${search%%;*}"
    printf 'nameserver %s\n' "${RESOLVER_OF[$name]}"
    [ "$search" = "${search#*;}" ] || printf '%s\n' "${search#*;}"
  } >"$etc/resolv.conf"
}

# host NAME ADDRESS RESOLVER FQDN SEARCH ZONE PACKAGES: RESOLVER is an address or the name of an earlier host; PACKAGES is a folder
# of unpacked packages below $VT_ROOTS, which gives the host a file system of its own (this machine's with the packages over it); "own" is one without packages.
host() {
  local name=$1 packages=$7 root
  ADDRESS[$name]=$2 RESOLVER_OF[$name]=${ADDRESS[$3]:-$3} FQDN[$name]=$4 ZONE[$name]=$6 ROOT[$name]=/
  [ "$4" != - ] || FQDN[$name]=$name.hosts.example
  link "$name" "$2"
  mkdir -p "/out/log/$name" "/run/h/$name" "/etc/netns/$name"
  if [ "$packages" = - ]; then
    ln -s "/etc/netns/$name" "/run/h/$name/etc"
    files "$name" "/run/h/$name" "$5"
    return
  fi
  root=/run/h/$name/root
  mkdir -p "$root" "/run/h/$name/upper" "/run/h/$name/work"
  local lower=/run/packages/$packages:/.old
  [ "$packages" != own ] || lower=/.old
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=/run/h/$name/upper,workdir=/run/h/$name/work" "$root"
  mount --bind /proc "$root/proc"
  mount -t tmpfs tmpfs "$root/dev"
  local device
  for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs tmpfs "$root/tmp"
  mount -t tmpfs tmpfs "$root/run"
  chmod 1777 "$root/tmp"
  mkdir -p "$root/run/lock" "$root/var/log"
  files "$name" "$root" "$5"
  printf '%s\n' "${FQDN[$name]}" | tee "$root/etc/hostname" >"$root/etc/mailname"
  rm -f "$root/etc/localtime"
  ln -s "/usr/share/zoneinfo/${ZONE[$name]}" "$root/etc/localtime"
  ROOT[$name]=$root
}

# log_here NAME: the host's /var/log is its folder below /out (not for daemons that give up root first: no such file would be theirs)
log_here() { mount --bind "/out/log/$1" "${ROOT[$1]}/var/log"; }

# on NAME COMMAND...: runs in the host's network, name and file system
on() {
  local name=$1
  shift
  ip netns exec "$name" unshare --uts /bin/bash -c \
    'hostname "$1"; root=$2 zone=$3; shift 3; exec env -i PATH="$PATH" HOME=/root TZ="$zone" LC_ALL=C chroot "$root" "$@"' \
    - "${FQDN[$name]}" "${ROOT[$name]}" "${ZONE[$name]}" "$@"
}

# up NAME COMMAND...: the same in the background, its words to the host's log folder
up() {
  local name=$1
  on "$@" >>"/out/log/$name/console.log" 2>&1 </dev/null &
}
