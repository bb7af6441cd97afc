# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # busybox
# What of the host's file system the guest sees, and where it may write. Sourced
# by the initramfs and, where there is none, by init.

# mounts ROOT ATTACH: ROOT shows the host, read-only; ATTACH PATH WHERE makes one
# directory of the host appear there, writable.
mounts() {
	# Read first: these files may lie under what is about to be hidden
	read -r mounts_directory <"$RUN/directory"
	mounts_writable=$($busybox cat "$RUN/writable")

	for mounts_at in /tmp /run /var/tmp; do
		mount -t tmpfs -o mode=1777 tmpfs "$1$mounts_at"
	done
	if [ ! -d "$1$mounts_directory" ]; then
		$busybox mkdir -p "$1$mounts_directory"
		"$2" "$mounts_directory" "$1$mounts_directory"
		mount -o remount,bind,ro "$1$mounts_directory"
	fi
	while read -r mounts_at; do
		[ -d "$1$mounts_at" ] || $busybox mkdir -p "$1$mounts_at"
		"$2" "$mounts_at" "$1$mounts_at"
	done <<-END
		$mounts_writable
	END
}
