# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Results in the Test Anything Protocol, for shell scripts that source this.

tap_count=0
tap_failed=0

# ok NAME COMMAND... - the command has to succeed
ok() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if "$@"; then
		echo "ok $tap_count - $tap_name"
	else
		echo "not ok $tap_count - $tap_name"
		tap_failed=$((tap_failed + 1))
	fi
}

tap_end() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
