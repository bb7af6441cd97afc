# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # the variables of `run`
# QEMU: a real kernel; virtiofs brings this machine's files.

qemu_virtiofsd() {
	local program

	for program in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd; do
		[ -x "$program" ] && echo "$program" && return
	done
	return 1
}

# A cpio with what it takes to reach the host's file system.
qemu_initramfs() {
	local dir=$run/initramfs

	mkdir -p "$dir"/{bin,host,root,modules,dev,proc}
	cp /bin/busybox "$dir/bin/"
	cp "$VM_DIR/guest/initramfs" "$dir/init"
	if [ -f "$ENTRY/boot-modules" ]; then
		sed "s,^,$ENTRY/," "$ENTRY/boot-modules" | xargs -I{} cp {} "$dir/modules/"
		sed 's,.*/,,' "$ENTRY/boot-modules" >"$dir/modules/order"
	fi
	(cd "$dir" && find . | busybox cpio -o -H newc 2>/dev/null) >"$run/initramfs.cpio"
}

qemu_serve() {
	local tries=0

	# A socket's name has to be short
	socket=$(mktemp -d)/socket || exit "$TROUBLE"
	as_root "$(qemu_virtiofsd)" --socket-path="$socket" -o source=/ \
		-o sandbox=chroot -o cache=always >"$run/virtiofsd.log" 2>&1 </dev/null &
	virtiofsd=$!
	until [ -S "$socket" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 "$virtiofsd" 2>/dev/null; then
			cat "$run/virtiofsd.log" >&2
			die "virtiofsd does not start"
		fi
		sleep 0.05
	done
	[ "$(id -u)" -eq 0 ] || as_root chown "$(id -u)" "$socket"
}

machine_prepare() {
	"$VM_DIR/packages" qemu-system-x86 qemu-system-common || exit "$TROUBLE"
	qemu_virtiofsd >/dev/null || "$VM_DIR/packages" virtiofsd || exit "$TROUBLE"
	qemu_initramfs
	qemu_serve
	# shellcheck disable=SC2054 # QEMU's own commas
	machine=(qemu-system-x86_64 -nodefaults -no-user-config -display none
		-no-reboot -machine "q35,accel=${MHEAP_VM_ACCEL:-tcg}" -cpu max,la57=off,-cx16
		-smp "$smp,sockets=$smp" -m "$mem"
		-object "memory-backend-memfd,id=mem,size=$mem,share=on"
		-numa node,memdev=mem
		-chardev "socket,id=host,path=$socket"
		-device vhost-user-fs-pci,chardev=host,tag=host
		-kernel "$IMAGE" -initrd "$run/initramfs.cpio"
		-append "console=ttyS0 ignore_loglevel printk.devkmsg=on tsc=reliable oops=panic
 panic=-1 log_buf_len=4M MHEAP_RUN=$run MHEAP_VM=$VM_DIR ${append[*]}"
		-serial "file:$run/console")
	if [ -n "$shell" ]; then
		machine+=(-chardev "stdio,id=terminal,signal=off" -serial chardev:terminal)
	fi
}

machine_cleanup() {
	kill "$virtiofsd" 2>/dev/null
	wait "$virtiofsd" 2>/dev/null
	rm -rf "${socket%/socket}"
	[ "$(id -u)" -eq 0 ] ||
		as_root chown -R --from=0 "$(id -u):$(id -g)" "$BUILD" "$VM_BUILD"
}
