# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # settings come from the host
# Loading, unloading, and what is left behind.

trouble() {
	echo "$*" >>"$RUN/trouble"
}

load() {
	local name

	while read -r name; do
		# shellcheck disable=SC2046 # several parameters
		$busybox insmod "$RUN/modules/$name" \
			$([ "$name" != mheap.ko ] || echo "$params") && continue
		trouble "$name does not load"
		return 1
	done <"$RUN/load"
}

# unload STATUS: last in, first out. A command that failed has a right to leave
# the module in use.
unload() {
	local name

	[ -s "$RUN/load" ] || return 0
	$busybox tac "$RUN/load" | $busybox sed 's/\.ko$//; s/-/_/g' | while read -r name; do
		[ -d "/sys/module/$name" ] || continue
		$busybox rmmod "$name" && continue
		[ -n "$keep" ] || [ "$1" -ne 0 ] ||
			trouble "$name does not unload (in use: $($busybox cat "/sys/module/$name/refcnt"))"
	done
}

# kmemleak believes in a leak when it saw the same orphan twice, older than 5 s.
look_for_leaks() {
	local file=/sys/kernel/debug/kmemleak line

	[ -n "$leaks" ] && [ -w $file ] || return
	echo scan >$file
	$busybox sleep 5.1
	echo scan >$file
	# The log is what the host reads
	while read -r line; do
		echo "kmemleak: $line" >/dev/kmsg
	done <$file
}
