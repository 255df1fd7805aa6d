#!/bin/bash
# Process 1 of the guest: this machine's file system under a throw-away overlay, OUT mounted on /out, then MAIN runs as root with the clock of the story.
# Reads from the kernel command line: VT_HOME (this folder), VT_MAIN (absolute path of the story's script, below /.old, as /tmp is fresh in the guest), VT_OUT (host folder for its output), any VT_* besides.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
if [ -z "$VT_STAGE" ]; then
  mount -t proc proc /proc
  read -ra words </proc/cmdline; for word in "${words[@]}"; do case $word in VT_*) export "${word?}";; esac; done
  mount -t tmpfs -o size=3g tmpfs /mnt && mkdir -p /mnt/upper /mnt/work /mnt/root
  mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root || { echo "no overlay"; exec /bin/sh; }
  root=/mnt/root; mkdir -p $root/out $root/.old; mount -t hostfs none $root/out -o "$VT_OUT"
  mount --move /proc $root/proc; cd $root || exit 1; pivot_root . .old
  VT_STAGE=2 exec chroot . /bin/bash "$VT_HOME/init.sh"
fi
mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev; mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /dev/shm; mount -t tmpfs tmpfs /tmp; mount -t tmpfs tmpfs /run; chmod 1777 /tmp /dev/shm
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ln -sf /proc/self/fd /dev/fd; ln -sf /proc/self/fd/0 /dev/stdin; ln -sf /proc/self/fd/1 /dev/stdout; ln -sf /proc/self/fd/2 /dev/stderr
mkdir -p /run/netns /run/lock; ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=1 vm.dirty_writeback_centisecs=30000
echo "$(date -u) guest up, kernel $(uname -r)"
rc=0; "$VT_MAIN" >/out/main.log 2>&1 || rc=$?; echo "$(date -u) story ended rc=$rc"
sync; sleep 1
python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'
