# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernel sources, without what no configuration here compiles.

# Makefiles and Kconfig files all stay: configuring reads every one of them.
source_exclude() {
	local dir

	for dir in alpha arc arm arm64 csky hexagon ia64 loongarch m68k \
		microblaze mips nios2 openrisc parisc powerpc riscv s390 sh \
		sparc xtensa; do
		printf '*/arch/%s/*.[chS]\n*/arch/%s/*.dts*\n*/arch/%s/configs/*\n' \
			"$dir" "$dir" "$dir"
	done
	for dir in drivers/accel drivers/gpu drivers/media drivers/net/ethernet \
		drivers/net/wireless drivers/infiniband drivers/scsi \
		drivers/staging drivers/iio drivers/usb drivers/comedi sound; do
		printf '*/%s/*.[ch]\n' "$dir"
	done
	printf '*/Documentation/%s\n' '*.rst' '*.txt' '*.yaml' '*.svg'
	printf '*/tools/%s\n' 'perf/*' 'power/*' 'testing/selftests/*/*'
}

source_unpack() {
	local entry=$1 suite=$2 package=$3

	"$VM_DIR/packages" xz-utils
	say "unpacking $package"
	debian_download "$suite" "$entry/deb" "$package"
	source_exclude >"$entry/exclude"
	dpkg-deb --fsys-tarfile "$entry"/deb/*.deb |
		tar -xO "./usr/src/$package.tar.xz" | xz -dc -T0 |
		tar -x -C "$entry" --strip-components=1 \
			--exclude-from="$entry/exclude" || return 1
	rm -rf "$entry/deb" "$entry/exclude"
	[ -f "$entry/Kconfig" ]
}

# The newest finished sources of a package, if there are any.
source_entry() {
	find "$CACHE/source" -maxdepth 2 -path "*/$1_*/ready" 2>/dev/null |
		sort -V | tail -n 1 | sed 's,/ready$,,'
}

# source_get SUITE PACKAGE: prints the directory. Asks the network only when
# there is none yet, or when UPDATE is set.
source_get() {
	local suite=$1 package=$2 entry version

	entry=$(source_entry "$package")
	if [ -z "$entry" ] || [ -n "${UPDATE:-}" ]; then
		debian_lists "$suite"
		version=$(debian_version "$suite" "$package")
		if [ -z "$version" ]; then
			say "$suite has no $package any more: taking its newest"
			package=$(debian_newest "$suite" linux-source-)
			version=$(debian_version "$suite" "$package")
		fi
		[ -n "$version" ] || die "no $package in $suite"
		entry=$CACHE/source/${package}_${version//[~:]/-}
		entry_get "$entry" source_unpack "$suite" "$package" || exit 1
	fi
	printf '%s\n' "$entry"
}
