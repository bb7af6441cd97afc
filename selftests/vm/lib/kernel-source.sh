# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A kernel built from allnoconfig and a fragment.

kernel_version() {
	local dir

	dir=$(source_get "$SUITE" "$PACKAGE") || exit 1
	printf '%s\n' "${dir##*_}"
}

# Every line asked for must have survived: Kconfig drops what it cannot give
# without a word.
config_check() {
	local config=$1 line name missing=''

	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF -- "$line" "$config" && continue ;;
		'# CONFIG_'*' is not set')
			name=${line#\# }
			grep -q "^${name%% *}=" "$config" || continue ;;
		*) continue ;;
		esac
		missing="$missing
	$line"
	done <"$2"
	[ -z "$missing" ] || die "$2 asks for what this kernel cannot give:$missing"
}

# Only what building a module needs stays of the build.
build_prune() {
	find "$1" \( -path "$1/scripts" -o -path "$1/tools" -o -path "$1/include" \) \
		-prune -o -type f \( -name '*.o' -o -name '*.a' -o -name '*.cmd' \
		-o -name '.tmp_*' -o -name '*.gcno' -o -name '*.mod*' \) \
		! -name Module.symvers ! -name module.lds -exec rm -f '{}' +
}

kernel_compile() {
	local config=$1/.config targets
	read -ra targets <<<"$2"
	shift 2

	make -s "$@" allnoconfig KCONFIG_ALLCONFIG="$VM_DIR/$FRAGMENT" || return 1
	config_check "$config" "$VM_DIR/$FRAGMENT"
	make -j"$(nproc)" "$@" "${targets[@]}"
}

# kernel_make ENTRY
kernel_make() {
	local entry=$1 source image target
	local build=$entry/build log=$CACHE/log/${entry##*/}.log

	"$VM_DIR/packages" gcc make flex bison bc libelf-dev libssl-dev kmod || return 1
	source=$(source_get "$SUITE" "$PACKAGE") || return 1
	case $ARCH in
	um) target='all' image=linux ;;
	*) target='bzImage modules' image=arch/x86/boot/bzImage ;;
	esac

	mkdir -p "$build" "$CACHE/log"
	# shellcheck disable=SC2153 # of kernel_line
	progress "building kernel $NAME" "$log" \
		kernel_compile "$build" "$target" -C "$source" O="$build" \
		ARCH="$ARCH" PAHOLE=false ||
		return 1
	[ -f "$build/$image" ] && [ -f "$build/Module.symvers" ] || return 1
	build_prune "$build"

	cat <<-END
		RELEASE=$(cat "$build/include/config/kernel.release")
		KDIR=$build
		IMAGE=$build/$image
		VMLINUX=$build/vmlinux
		MODULES=
		PAHOLE=no
	END
}
