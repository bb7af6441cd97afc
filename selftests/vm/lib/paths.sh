# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Where everything is. Every one of these may be set from outside.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TOP=${TOP:-$(cd "$VM_DIR/../.." && pwd -P)}
BUILD=${BUILD:-$TOP/build}
CACHE=${MHEAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mheap}

# What gets built of the checkout, and what programs inside a VM find
USERLIB=${USERLIB:-$BUILD/userlib}
MODULE_ROOT=${MODULE_ROOT:-$TOP}
MODULE_SOURCES=${MODULE_SOURCES:-Kbuild module uapi selftests/kunit selftests/bench/loop}
MODULE_TREES=${MODULE_TREES:-$BUILD/kernel}
VM_BUILD=${VM_BUILD:-$BUILD/vm}
SCRATCH=${SCRATCH:-$VM_BUILD/scratch}

# Where modprobe is, also for those who are not root
PATH=$PATH:/usr/sbin:/sbin

# The make that called us is not the make that we call
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

for path in TOP BUILD CACHE USERLIB MODULE_ROOT MODULE_TREES VM_BUILD SCRATCH; do
	printf -v "$path" %s "$(readlink -m "${!path}")"
done
unset path
