# SPDX-License-Identifier: GPL-2.0
# Running things inside a virtual machine. To be included by the top Makefile.

VM := selftests/vm
KERNEL ?= 6.1
VM_OPTIONS = --kernel $(KERNEL) $(if $(SMP),--smp $(SMP)) $(if $(MEM),--mem $(MEM)) \
	$(if $(TIMEOUT),--timeout $(TIMEOUT)) $(VM_ARGS)
# As it was written: its $ signs are for the shell in the VM
export VM_CMD := $(value CMD)

.PHONY: vm shell vm-kernels vm-check vm-clean

vm: ## run CMD='…' in a VM with the module loaded (KERNEL= SMP= MEM= TIMEOUT= VM_ARGS=)
	@test -n "$$VM_CMD" || { echo "usage: make vm CMD='command line' [KERNEL=name]" >&2; exit 2; }
	@$(VM)/run $(VM_OPTIONS) -- sh -c "$$VM_CMD"

shell: ## a shell in a VM with the module loaded (KERNEL= SMP= MEM=)
	@$(VM)/run $(VM_OPTIONS) --shell

vm-kernels: ## have every kernel that the VMs can run in the cache
	@$(VM)/kernel $$($(VM)/kernel --list)

vm-check: ## see whether the VMs tell the truth (KERNEL=)
	@$(VM)/selftest $(KERNEL)

vm-clean: ## forget the builds and logs of the VMs (the cache of kernels stays)
	@rm -rf build/vm build/kernel
