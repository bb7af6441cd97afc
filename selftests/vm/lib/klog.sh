# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Reading a kernel log: which lines mean that something is broken.

# From this line on, it is ours; before, the kernel was only starting.
KLOG_START='mheap-vm: start'

klog_patterns() {
	cat <<-'END'
		WARNING: 
		[^A-Z]BUG: 
		kernel BUG at
		Oops
		Kernel panic
		general protection fault
		Unable to handle kernel
		KASAN: 
		KCSAN: 
		UBSAN: 
		KFENCE: 
		INFO: possible
		INFO: suspicious
		INFO: inconsistent
		possible circular locking
		possible recursive locking
		inconsistent lock state
		suspicious RCU usage
		Illegal context switch
		held lock freed
		lock held when returning
		bad unlock balance
		scheduling while atomic
		sleeping function called
		INFO: task .* blocked for more than
		INFO: rcu.* detected
		rcu.* self-detected stall
		soft lockup
		hard LOCKUP
		workqueue lockup
		unreferenced object
		new suspected memory leaks
		ODEBUG: 
		refcount_t: 
		list_add corruption
		list_del corruption
		Bad page state
		Bad rss-counter
		corrupted (stack|list|page)
		Poison overwritten
		Redzone overwritten
		Object already free
		Objects remaining in
		double free
		percpu ref .* <= 0
		DEADLOCK
		\] *not ok [0-9]
	END
}

# The log as dmesg would show it: a serial line ends its lines with CR LF.
klog_text() {
	tr -d '\r' <"$1"
}

# klog_check FILE [ALLOWED]: true when nothing is broken; else prints the places.
klog_check() {
	local patterns

	patterns=$(klog_patterns | paste -s -d '|')
	klog_text "$1" | START="$KLOG_START" PATTERNS="($patterns)" \
		ALLOWED="${2:-}" awk '
		index($0, ENVIRON["START"]) { ours = 1 }
		{ line[NR % 4] = $0 }
		(ours || /Kernel panic|Oops/) && $0 ~ ENVIRON["PATTERNS"] &&
		!(ENVIRON["ALLOWED"] != "" && $0 ~ ENVIRON["ALLOWED"]) {
			if (!found++)
				for (i = NR - 3; i < NR; i++)
					if (i > 0) print line[i % 4]
			if (found <= 5) rest = 40
		}
		rest > 0 { print; rest-- }
		END {
			if (found > 5) print "... and " found - 5 " more such lines"
			exit found != 0
		}'
}
