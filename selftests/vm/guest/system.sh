# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # settings come from the host
# What a host would have set up: file systems, network, limits.

attach() {
	mount -t hostfs -o "$1" none "$2"
}

mount() {
	$busybox mount "$@"
}

system_mounts() {
	mount -t proc proc /proc
	[ -n "$MHEAP_MOUNTED" ] || mounts "" attach
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	$busybox mkdir -p /dev/pts /dev/shm
	mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t bpf bpf /sys/fs/bpf
	$busybox ln -sfn pts/ptmx /dev/ptmx
	$busybox ln -sfn /proc/self/fd /dev/fd
	$busybox ln -sfn fd/0 /dev/stdin
	$busybox ln -sfn fd/1 /dev/stdout
	$busybox ln -sfn fd/2 /dev/stderr
} 2>/dev/null

# set_kernel FILE VALUE: where this kernel has it.
set_kernel() {
	[ ! -w "$1" ] || echo "$2" >"$1"
} 2>/dev/null

system_settings() {
	set_kernel /proc/sys/kernel/hostname mheap-vm
	$busybox ip link set lo up
	set_kernel /sys/fs/cgroup/cgroup.subtree_control '+memory +pids'
	set_kernel /proc/sys/kernel/panic_on_oops 1
	set_kernel /proc/sys/kernel/hung_task_timeout_secs 60
	set_kernel /proc/sys/kernel/sysrq 1
	# A busy host makes a slow machine, not a stuck one
	set_kernel /proc/sys/kernel/watchdog_thresh 30
	set_kernel /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout 60
	set_kernel /sys/module/workqueue/parameters/watchdog_thresh 60
	# The modules of a kernel that nobody installed
	if [ -n "$modules" ]; then
		printf '#!/bin/sh\nexec /sbin/modprobe -d "%s" "$@"\n' \
			"${modules%/lib/modules}" >/run/modprobe
		$busybox chmod +x /run/modprobe
		set_kernel /proc/sys/kernel/modprobe /run/modprobe
	fi
}
