#!/bin/busybox sh
# Process 1 of the Linux guest: a shell on the console; when it ends, the guest powers off.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root TERM=vt100 PS1='guest# '
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
echo "Bulkhead guest: Linux $(uname -r) is up"
cd /root
setsid cttyhack sh
poweroff -f
