# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Words to the user: always on stderr, so that stdout stays what was asked for.

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit "${DIE_STATUS:-1}"
}

# Run a command as root: directly, or through sudo after saying so.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		say "with sudo: $*"
		sudo -- "$@"
	else
		die "must be root for: $*"
	fi
}
