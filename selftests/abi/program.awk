# SPDX-License-Identifier: GPL-2.0-only
# program.awk: makes, of a header whose comments are gone, a C program that prints what
# the compiler makes of it: every constant, and every structure with its members. What
# it does not understand is an error: nothing is left out.

function error(what) {
	print "program.awk: " what ": " $0 >"/dev/stderr"
	failed = 1
	exit 1
}

function constant(name) {
	print "\tprintf(\"constant %s %#llx\\n\", \"" name "\", (unsigned long long)(" name "));"
}

# "type name" or "type name[number]"
function member(text,    type, name) {
	if (text !~ /^[a-z_0-9]+ [a-z_0-9]+(\[[A-Z_0-9]+\])?$/)
		error("not a member")
	type = name = text
	sub(/ .*/, "", type)
	sub(/^[^ ]* /, "", name)
	sub(/\[.*/, "", name)
	print "\tprintf(\"\\t%zu %zu " type " " name "\\n\", offsetof(struct " structure ", " name \
	      "), sizeof(((struct " structure " *)0)->" name "));"
}

BEGIN {
	print "#include <stddef.h>\n#include <stdio.h>\n#include <linux/mheap.h>\n"
	print "int main(void)\n{"
}

/^$/ || /^#(include|ifndef|endif|undef)/ || /^#define _UAPI/ { next }

/^#define/ {
	if ($2 !~ /^MHEAP_[A-Z0-9_]+$/ || NF < 3)
		error("not a constant")
	constant($2)
	next
}

/^struct [a-z_]+ \{$/ {
	structure = $2
	print "\tprintf(\"struct " structure " %zu %zu\\n\", sizeof(struct " structure \
	      "), _Alignof(struct " structure "));"
	next
}

/^enum [a-z_]+ \{$/ { enumeration = $2; next }

/^\};$/ && (structure || enumeration) { structure = enumeration = ""; next }

structure && /;$/ {
	gsub(/[ \t]+/, " ")
	sub(/^ /, "")
	sub(/;$/, "")
	member($0)
	next
}

enumeration && /^[ \t]*MHEAP_[A-Z0-9_]+[ \t]*=.*,?$/ { constant($1); next }

{ error("not understood") }

END {
	if (failed)
		exit 1
	if (structure || enumeration)
		error("no end of " structure enumeration)
	print "\treturn 0;\n}"
}
