# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# Hosts as network namespaces joined to this one, which routes. Sourced by story.sh.

declare -A ADDRESS FQDN RESOLVER ZONE ROOT
host_count=0

# link NAME: a namespace joined by a veth pair, static neighbours (no ARP in the captures), 2 ms to the router.
link() {
  local name=$1 address=$2 near far
  host_count=$((host_count + 1))
  near=$(printf '02:00:00:00:01:%02x' "$host_count") far=$(printf '02:00:00:00:02:%02x' "$host_count")
  ip netns add "$name"
  ip link add "v-$name" address "$near" type veth peer name eth0 netns "$name" address "$far"
  ip link set "v-$name" up
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 up
  ip -n "$name" route add 169.254.1.1 dev eth0
  ip -n "$name" neigh add 169.254.1.1 lladdr "$near" dev eth0 nud permanent
  address_of "$name" "$address" "$far"
  ip -n "$name" route add default via 169.254.1.1 dev eth0 src "$address"
  tc qdisc add dev "v-$name" root netem delay 2ms
}

# address_of NAME ADDRESS MAC: one more address on the host
address_of() {
  ip -n "$1" addr add "$2/32" dev eth0
  ip route add "$2/32" dev "v-$1"
  ip neigh add "$2" lladdr "$3" dev "v-$1" nud permanent
}

# files NAME ROOT: the few files under /etc in which hosts differ
files() {
  local name=$1 etc=$2/etc domain=${FQDN[$1]#*.}
  mkdir -p "$etc"
  printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n' >"$etc/nsswitch.conf"
  printf '127.0.0.1 localhost\n127.0.1.1 %s %s\n' "${FQDN[$name]}" "${FQDN[$name]%%.*}" >"$etc/hosts"
  [ "$name" != h ] || domain=$RETRY_SUFFIX
  rm -f "$etc/resolv.conf"
  printf 'search %s\nnameserver %s\n' "$domain" "${RESOLVER[$name]}" >"$etc/resolv.conf"
}

# host NAME ADDRESS FQDN RESOLVER ZONE [PACKAGE_ROOT]: with a package root, the host gets a file system of its own:
# this machine's with the unpacked packages over it (the mail servers conflict with each other as packages).
host() {
  local name=$1 root
  ADDRESS[$name]=$2 FQDN[$name]=$3 RESOLVER[$name]=$4 ZONE[$name]=$5 ROOT[$name]=/
  link "$name" "$2"
  mkdir -p "/out/log/$name" "/run/h/$name"
  if [ -z "${6:-}" ]; then
    files "$name" "/run/h/$name"
    mkdir -p "/etc/netns/$name"
    cp -a "/run/h/$name/etc/." "/etc/netns/$name/"
    return
  fi
  root=/run/h/$name/root
  mkdir -p "$root" "/run/h/$name/upper" "/run/h/$name/work"
  mount -t overlay overlay -o "lowerdir=$6:/.old,upperdir=/run/h/$name/upper,workdir=/run/h/$name/work" "$root"
  mount --bind /proc "$root/proc"
  mount -t tmpfs tmpfs "$root/dev"
  for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs tmpfs "$root/tmp"
  mount -t tmpfs tmpfs "$root/run"
  chmod 1777 "$root/tmp"
  mkdir -p "$root/run/lock"
  mkdir -p "$root/var/log"
  [ "$name" = b ] || mount --bind "/out/log/$name" "$root/var/log"
  files "$name" "$root"
  printf '%s\n' "${FQDN[$name]}" | tee "$root/etc/hostname" >"$root/etc/mailname"
  rm -f "$root/etc/localtime"
  ln -s "/usr/share/zoneinfo/${ZONE[$name]}" "$root/etc/localtime"
  ROOT[$name]=$root
}

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
