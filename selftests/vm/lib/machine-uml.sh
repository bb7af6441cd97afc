# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034,SC2054,SC2153 # of `run`, and UML's own commas
# User Mode Linux: the kernel is a program, and this machine's / its root.

# UML's memory is a file. On a tmpfs with huge pages it is a good deal faster
# for anything that chases pointers; only root can have one.
uml_memory() {
	local dir=$run/memory

	mkdir "$dir"
	memory=small
	unshare -m mount -t tmpfs -o huge=always mheap-vm "$dir" 2>/dev/null || return
	memory=huge
	# shellcheck disable=SC2016 # for another shell
	machine=(unshare -m sh -c '
		mount -t tmpfs -o huge=always,size=100% mheap-vm "$1"
		TMPDIR=$1
		export TMPDIR
		shift
		exec "$@"' sh "$dir")
}

machine_prepare() {
	local release=${RELEASE%%-*}

	machine=()
	uml_memory
	machine+=("$IMAGE" "mem=$mem" root=/dev/root rootfstype=hostfs
		rootflags=/ ro "init=$VM_DIR/guest/init" "MHEAP_RUN=$run"
		con=null con0=null,fd:8 printk.devkmsg=on log_buf_len=4M
		ignore_loglevel)
	[ -z "$shell" ] || machine+=(con1=fd:0,fd:1)
	case $release in
	6.*) [ "$smp" -le 2 ] || say "UML $release has one processor" ;;
	*) machine+=("ncpus=$smp" seccomp=on) ;;
	esac
	machine+=("${append[@]}")
	echo "memory=$memory" >>"$run/settings"
}

machine_cleanup() {
	:
}
