# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A kernel as Debian ships it: image, modules and headers, unpacked into the
# cache so that nothing is installed.

kernel_version() {
	debian_lists "$SUITE"
	debian_version "$SUITE" "$PACKAGE"
}

# The headers find each other by absolute path: say where they are now.
headers_move() {
	local entry=$1 file

	for file in "$entry"/usr/src/linux-headers-*/Makefile; do
		sed -i "s,^include /usr/src/,include $entry/usr/src/," "$file"
	done
	find "$entry/lib/modules" "$entry/usr/lib/modules" -maxdepth 2 -type l \
		\( -name build -o -name source \) -delete 2>/dev/null
	return 0
}

# What an initramfs has to load, in order, to see the host's file system.
boot_modules() {
	local root=$1 release=$2 name

	for name in virtio_pci virtiofs; do
		modprobe -d "$root" -S "$release" --show-depends "$name" || return 1
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# kernel_make ENTRY
kernel_make() {
	local entry=$1 image headers common kbuild release root

	"$VM_DIR/packages" kmod pahole || return 1
	image=$(debian_dependency "$SUITE" "$PACKAGE" 'linux-image-[0-9].*')
	headers=$(debian_dependency "$SUITE" "${PACKAGE/image/headers}" 'linux-headers-[0-9].*')
	common=$(debian_dependency "$SUITE" "$headers" 'linux-headers-.*-common')
	kbuild=$(debian_dependency "$SUITE" "$headers" 'linux-kbuild-.*')
	debian_download "$SUITE" "$entry/deb" "$image" "$headers" "$common" "$kbuild"
	find "$entry/deb" -name '*.deb' -exec dpkg -x '{}' "$entry" \; || return 1
	rm -rf "${entry:?}/deb" "${entry:?}/usr/share"

	release=${image#linux-image-}
	headers_move "$entry"
	root=$entry
	[ -d "$entry/lib/modules" ] || root=$entry/usr
	depmod -b "$root" "$release" 2>/dev/null
	boot_modules "$root" "$release" | sed "s,^$entry/,," >"$entry/boot-modules" ||
		return 1

	cat <<-END
		RELEASE=$release
		KDIR=$entry/usr/src/$headers
		IMAGE=$entry/boot/vmlinuz-$release
		VMLINUX=
		MODULES=$root/lib/modules
		PAHOLE=yes
	END
}
