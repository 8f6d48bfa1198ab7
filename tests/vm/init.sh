#!/bin/busybox sh
# shellcheck shell=dash
# The guest's only process at first: makes a Linux of it, then runs the scripts that come in over the second serial
# line. A script is its length in bytes, a line feed, and its text; the answer is a line with exit code, length of the
# output and length of the errors, and then both.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
mount -t cgroup2 none /sys/fs/cgroup
chmod 755 / # everybody may write there at first, and DPDK takes no plugin from such a place
while read -r module; do
  insmod "/modules/$module" || exit 1 # the kernel panics, and the harness shows why
done </modules/order

stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1
echo 0 0 0
while read -r length; do
  head -c "$length" >/tmp/script
  sh /tmp/script </dev/null >/tmp/out 2>/tmp/err
  echo $? "$(stat -c %s /tmp/out)" "$(stat -c %s /tmp/err)"
  cat /tmp/out /tmp/err
done
