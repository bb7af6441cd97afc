# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# The table of kernels, and which cache entry belongs to a line of it.

kernel_names() {
	awk '!/^#/ && NF { print $1 }' "$VM_DIR/kernels"
}

# kernel_line NAME: sets NAME, KIND, SUITE, PACKAGE, ARCH, FRAGMENT.
kernel_line() {
	read -r NAME KIND SUITE PACKAGE ARCH FRAGMENT < <(
		awk -v n="$1" '!/^#/ && $1 == n' "$VM_DIR/kernels") ||
		die "no kernel named '$1'; there are: $(kernel_names | tr '\n' ' ')"
}

# What an entry depends on besides the version of its sources.
kernel_key() {
	{
		echo "1 $KIND $PACKAGE $ARCH"
		if [ "$KIND" = source ]; then
			cat "$VM_DIR/$FRAGMENT"
			gcc -dumpfullversion
		fi
	} | sha256sum | cut -c 1-12
}

# The newest finished entry for the kernel at hand, if there is one.
kernel_entry() {
	local entry newest=

	for entry in "$CACHE/kernel/$NAME"_*_"$(kernel_key)"; do
		[ -f "$entry/ready" ] || continue
		if [ -z "$newest" ] || [ "$entry/ready" -nt "$newest/ready" ]; then
			newest=$entry
		fi
	done
	printf '%s\n' "$newest"
}
