# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Parts of the checks.

LINT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
for part in paths say; do
	# shellcheck source=/dev/null
	. "$LINT/../vm/lib/$part.sh"
done
unset part
# shellcheck disable=SC2034 # of the checks
LINT_BUILD=$BUILD/lint

# have PACKAGE...: these packages are installed afterwards
have() {
	"$VM_DIR/packages" "$@" || exit 1
}

listed() {
	local pattern

	git -C "$TOP" ls-files -co --exclude-standard -- "$@" 2>/dev/null && return
	# Not a checkout of git, or not ours
	for pattern in "${@:-*}"; do
		(cd "$TOP" && find . -path ./build -prune -o -type f -path "./$pattern" -print)
	done | sed 's,^\./,,'
}

# files [PATTERN...]: the project's files, below TOP; * matches / as well
files() {
	local file

	listed "$@" | sort -u | while read -r file; do
		[ ! -f "$TOP/$file" ] || printf '%s\n' "$file"
	done
}

# Those of the files named on stdin whose first line is that of such a script.
scripts() {
	local file line

	while read -r file; do
		line=
		read -r line <"$TOP/$file"
		[[ $line =~ ^'#!'.*[/\ ]($1)($|\ ) ]] && printf '%s\n' "$file"
	done 2>/dev/null
}
