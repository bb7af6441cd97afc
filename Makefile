# SPDX-License-Identifier: GPL-2.0-only
#
# mheap: a managed object heap that processes share. `make help` lists what
# there is to make.

.DEFAULT_GOAL := all

# The running kernel's headers, or else the newest that are installed.
RUNNING := /lib/modules/$(shell uname -r)/build
NEWEST := $(shell ls -d /lib/modules/*/build 2>/dev/null | sort -V | tail -n 1)
KDIR ?= $(firstword $(wildcard $(RUNNING)) $(NEWEST))
PREFIX ?= /usr/local

include selftests/vm/vm.mk

.PHONY: all module userlib selftests check demo demo-profile bench lint docs
.PHONY: install uninstall clean help

all: module userlib selftests ## build the module, the library, the tool and the tests

module: kdir ## build mheap.ko (KDIR=)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

.PHONY: kdir
kdir:
	@test -n "$(KDIR)" && test -e "$(KDIR)/Makefile" || { \
		echo "mheap: there are no headers of the running kernel ($(shell uname -r)), and of no other."; \
		echo "mheap: install them:            sudo apt install linux-headers-amd64"; \
		echo "mheap: or name a kernel's tree: make KDIR=/path/to/linux"; \
		echo "mheap: or do without:           make demo (brings its own kernel)"; \
		exit 1; } >&2
	@echo "mheap: building for the kernel in $(KDIR)"

userlib: ## build libmheap and the mheap tool
	@selftests/vm/packages gcc make pkg-config libjson-c-dev libncurses-dev zlib1g-dev
	$(MAKE) -C userlib

selftests: userlib ## build the test programs
	@selftests/vm/packages gcc make liburing-dev
	$(MAKE) -C selftests/core
	$(MAKE) -C selftests/kselftest
	$(MAKE) -C selftests/kselftest i386
	$(MAKE) -C selftests/demo
	$(MAKE) -C selftests/tools

check: ## run all tests (ONLY='tier tier' for some; selftests/run --list names them)
	@selftests/run $(ONLY)

demo: ## see it work on the packages of this machine, in a VM
	@selftests/vm/packages gcc make pkg-config libjson-c-dev libncurses-dev zlib1g-dev
	@$(MAKE) -s -C userlib
	@$(MAKE) -s -C selftests/demo
	@selftests/vm/run --kernel $(KERNEL) -- $(CURDIR)/selftests/demo/demo

demo-profile: ## see which lines made it, and files for viewers of it
	@selftests/vm/packages gcc make pkg-config libjson-c-dev libncurses-dev zlib1g-dev graphviz
	@$(MAKE) -s -C userlib
	@$(MAKE) -s -C selftests/demo
	@selftests/vm/run --kernel $(KERNEL) -- $(CURDIR)/selftests/demo/profile

bench: ## measure, beside peers (ONLY=T18,T19)
	@selftests/bench/run $(if $(ONLY),--only $(ONLY))

lint: ## see that the code is in the kernel's style, by its tools
	@selftests/lint/run

docs: ## build the documentation as HTML
	@selftests/vm/packages python3-sphinx make
	$(MAKE) -C Documentation html

install: module userlib ## install the module, the library and the tool (PREFIX= DESTDIR=)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	$(MAKE) -C userlib install PREFIX=$(PREFIX)
	$(if $(DESTDIR),,depmod -a)

uninstall: ## remove what `make install` installed
	rm -f /lib/modules/*/updates/mheap.ko* /lib/modules/*/extra/mheap.ko*
	$(MAKE) -C userlib uninstall PREFIX=$(PREFIX)
	$(if $(DESTDIR),,depmod -a)

clean: ## remove what was built (the cache of kernels stays)
	rm -rf build
	rm -f *.ko *.mod *.mod.c *.o modules.order Module.symvers .*.cmd
	find module selftests/kunit \( -name '*.o' -o -name '.*.cmd' -o -name '*.mod' \) -delete

help: ## this
	@echo "make TARGET:"
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 16

