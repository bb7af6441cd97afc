# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154 # settings come from the host
# The command: its output, its time and its end.

# watch_time GROUP
watch_time() {
	$busybox sleep "$timeout"
	: >"$RUN/timeout"
	echo "mheap-vm: the time is up" >/dev/kmsg
	# What is every task waiting for?
	set_kernel /proc/sysrq-trigger w
	set_kernel /proc/sysrq-trigger l
	kill -KILL "-$1"
}

# Have those that read the output come to their end? Wait a moment for it.
drained() {
	local tries=0

	while kill -0 "$1" 2>/dev/null || kill -0 "$2" 2>/dev/null; do
		[ $tries -lt 20 ] || return 1
		tries=$((tries + 1))
		$busybox usleep 10000
	done
}

# Nothing that the command left behind may hold the output, or the module.
end_strays() {
	local dir pid words

	drained "$1" "$2" && return
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		case $pid in
		1 | "$1" | "$2") continue ;;
		esac
		# Kernel threads have no arguments
		words=$($busybox head -c 1 "$dir/cmdline")
		[ -z "$words" ] || kill -KILL "$pid"
	done 2>/dev/null
	wait "$1" "$2"
}

# Pipes, because a program may open /dev/stdout again, and would empty a file.
run_command() {
	local status pid out err

	$busybox mkfifo /run/out /run/err
	$busybox cat </run/out >>"$RUN/out" &
	out=$!
	$busybox cat </run/err >>"$RUN/err" &
	err=$!
	exec 3>/run/out 4>/run/err
	[ -z "$joined" ] || exec 4>&3
	# Not through busybox: its setsid may fork, and then nobody knows the pid
	/usr/bin/setsid "$here/start" >&3 2>&4 3>&- 4>&- &
	pid=$!
	exec 3>&- 4>&-
	if [ "$timeout" -gt 0 ]; then
		watch_time "$pid" &
	fi
	wait "$pid"
	status=$?
	end_strays "$out" "$err"
	return $status
}

run_shell() {
	local tty=/dev/ttyS1

	[ "$arch" != um ] || tty=/dev/tty1
	# shellcheck disable=SC2094 # a terminal
	{
		/usr/bin/stty sane rows "${terminal% *}" cols "${terminal#* }"
		/usr/bin/setsid -c -w "$here/start" --shell
	} <$tty >$tty 2>&1
}
