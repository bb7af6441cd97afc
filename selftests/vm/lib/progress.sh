# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash

# progress WHAT LOG COMMAND...: run it quietly. On a terminal one line keeps
# saying how long it has taken and how many objects are made; elsewhere one
# line says that it started and one how long it took.
progress() {
	local what=$1 log=$2 start=$SECONDS pid status
	shift 2

	say "$what (log: $log)"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	# shellcheck disable=SC2064 # the pid of now
	trap "kill $pid 2>/dev/null" INT TERM
	while kill -0 "$pid" 2>/dev/null; do
		[ -t 2 ] && printf '\r%s: %d s, %d objects ' "$what" \
			$((SECONDS - start)) "$(grep -c '^ *[A-Z]* .*\.o$' "$log")" >&2
		sleep 1
	done
	wait "$pid"
	status=$?
	trap - INT TERM
	[ -t 2 ] && printf '\r\033[K' >&2
	if [ "$status" -ne 0 ]; then
		tail -n 20 "$log" >&2
		say "$what: failed after $((SECONDS - start)) s; all of it in $log"
		return 1
	fi
	say "$what: done in $((SECONDS - start)) s"
}
