# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # the variables of `run`
# Starting a machine, passing its output on, and being sure that it ends.

machine_run() {
	local followers=() limit=0 options='' keyboard='' fd

	# shellcheck source=/dev/null
	. "$VM_DIR/lib/machine-$([ "$ARCH" = um ] && echo uml || echo qemu).sh"
	machine_prepare
	mkfifo "$run/alive"
	trap 'machine_end; exit 130' INT TERM HUP

	exec 8>>"$run/console"
	if [ -n "$shell" ]; then
		# Pipes: UML wants a terminal to be its own, and this one is ours
		options=$(stty -g)
		stty raw -echo
		mkfifo "$run/keys"
		cat <&0 >"$run/keys" &
		keyboard=$!
		setsid "$here/lib/alive" "$run/alive" "${machine[@]}" \
			<"$run/keys" > >(exec cat) 2>"$run/stderr" &
	else
		setsid "$here/lib/alive" "$run/alive" "${machine[@]}" </dev/null \
			>"$run/stdout" 2>"$run/stderr" &
	fi
	machine=$!
	exec 8>&-
	exec {fd}<"$run/alive"
	tail -c +1 -s 0.05 -f --pid="$machine" "$run/out" 2>/dev/null {fd}<&- &
	followers+=($!)
	tail -c +1 -s 0.05 -f --pid="$machine" "$run/err" >&2 2>/dev/null {fd}<&- &
	followers+=($!)

	# The guest watches the time itself; this is for when it cannot any more,
	# and leaves time for a slow start and for looking for leaks.
	# Nothing is ever written there: it ends when the machine does.
	[ "$timeout" -gt 0 ] && limit=$((timeout + 180))
	if [ "$limit" -gt 0 ]; then
		read -r -t "$limit" -u "$fd"
		[ $? -gt 128 ] && timed_out=1
	else
		read -r -u "$fd"
	fi
	machine_end
	wait "${followers[@]}" 2>/dev/null
	exec {fd}<&-
	trap - INT TERM HUP
}

# Everything that was started, and nothing else.
machine_end() {
	kill -KILL -- "-$machine" 2>/dev/null
	wait "$machine" 2>/dev/null
	machine_cleanup
	[ -z "${keyboard:-}" ] || kill "$keyboard" 2>/dev/null
	[ -z "${options:-}" ] || stty "$options"
}
