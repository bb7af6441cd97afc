# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Cache entries: made by one run at a time. An entry without its file "ready",
# which is written last, does not count and is made again.

# locked NAME FUNCTION ARGS...: run it while nobody else does under that name.
locked() {
	local name=$1 fd
	shift

	mkdir -p "$CACHE/lock"
	exec {fd}>"$CACHE/lock/$name"
	if ! flock -n "$fd"; then
		say "waiting for another run to finish with $name"
		flock "$fd"
	fi
	"$@" {fd}>&- || { exec {fd}>&-; return 1; }
	exec {fd}>&-
}

# entry_make DIR FUNCTION ARGS...: unless DIR is finished, make it anew; the
# function gets the directory as its first argument and says on stdout what
# belongs into "ready".
entry_make() {
	local entry=$1 function=$2
	shift 2

	# Another run may have finished it while this one waited
	[ -f "$entry/ready" ] && return
	rm -rf "$entry"
	mkdir -p "$entry"
	"$function" "$entry" "$@" >"$entry/ready.part" || return 1
	mv "$entry/ready.part" "$entry/ready"
}

# entry_get DIR FUNCTION ARGS...: the same, and nobody else meanwhile.
entry_get() {
	locked "${1##*/}" entry_make "$@"
}
