# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Packages of any Debian suite, unpacked into the cache. The system's own lists
# and packages are not touched, and nobody needs to be root.

# The places this machine gets packages from: "ordinary URI" and "security URI".
debian_mirrors() {
	{
		cat /etc/apt/sources.list.d/*.sources /dev/null |
			awk '/^#/ { next }
				$1 == "URIs:" { for (i = 2; i <= NF; i++) print $i }'
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /dev/null |
			awk '$1 == "deb" { for (i = 2; i <= NF; i++)
				if ($i ~ "^[a-z+]*:/") { print $i; break } }'
	} 2>/dev/null | sed 's,/*$,,' | awk '
		/-security$/ || /security\./ { if (!s++) print "security", $0; next }
		/\/debian$/ { if (!d++) print "ordinary", $0; next }
		{ if (other == "") other = $0 }
		END { if (!d && other != "") print "ordinary", other }'
}

# debian_apt SUITE TOOL ARGS...: apt-get or apt-cache that sees only that suite.
debian_apt() {
	local suite=$1 tool=$2 dir=$CACHE/apt/$1
	shift 2

	"$tool" -q -o Dir::State="$dir" -o Dir::State::Lists="$dir/lists" \
		-o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$dir/cache" \
		-o Dir::Etc::sourcelist="$dir/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null \
		-o APT::Default-Release= -o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

# debian_lists SUITE: fetch the suite's lists, at most once an hour.
debian_lists() {
	local suite=$1 dir=$CACHE/apt/$1 kind uri
	local by='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'

	[ -n "$(find "$dir/fresh" -mmin -60 2>/dev/null)" ] && return
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	debian_mirrors | while read -r kind uri; do
		case $kind,$suite in
		ordinary,*-backports) echo "deb $by $uri $suite main" ;;
		ordinary,*) echo "deb $by $uri $suite main"
			echo "deb $by $uri $suite-updates main" ;;
		security,*-backports) ;;
		security,*) echo "deb $by $uri $suite-security main" ;;
		esac
	done >"$dir/sources.list"
	[ -s "$dir/sources.list" ] || die "apt has no Debian mirror configured here"
	debian_apt "$suite" apt-get update >"$dir/update.log" 2>&1 || {
		cat "$dir/update.log" >&2
		die "no package lists of $suite"
	}
	touch "$dir/fresh"
}

# debian_version SUITE PACKAGE: the newest version there.
debian_version() {
	debian_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1
}

# debian_newest SUITE PREFIX: the package of the highest version in its name.
debian_newest() {
	debian_apt "$1" apt-cache pkgnames "$2" | grep -x "$2[0-9.]*" |
		sort -V | tail -n 1
}

# debian_dependency SUITE PACKAGE PATTERN: the name in its Depends that fits.
debian_dependency() {
	debian_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Depends: //p' | head -n 1 | sed 's/[,|]/\n/g' |
		sed 's/^ *//; s/ .*//; s/:.*//' | grep -x -m 1 "$3"
}

# debian_download SUITE DIR PACKAGE...: leave their .deb files in DIR.
debian_download() {
	local suite=$1 dir=$2
	shift 2

	mkdir -p "$dir"
	(cd "$dir" && debian_apt "$suite" apt-get download "$@" 2>&1) >"$dir/log" || {
		cat "$dir/log" >&2
		die "cannot download $*"
	}
}
