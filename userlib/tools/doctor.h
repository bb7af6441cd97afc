/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What heaps need of the system, looked at one by one. */
#ifndef MHEAP_DOCTOR_H
#define MHEAP_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum finding_state {
	FINDING_OK,
	FINDING_NOTE,		/* as it is, and no fault */
	FINDING_FAULT,
};

/**
 * struct finding - What came of one look
 * @check: what was looked at, a word
 * @state: how it is
 * @detail: in words
 * @mend: the one command that mends it, of a fault; else ""
 */
struct finding {
	const char *check;
	enum finding_state state;
	char detail[256];
	char mend[192];
};

/**
 * struct patient - The system that is looked at
 * @root: below which its files are; "" for this one
 * @release: of its kernel
 * @module_loaded: so far as is known
 * @module_file: the module is where modprobe finds it
 * @device: there is a device node
 */
struct patient {
	const char *root;
	char release[128];
	bool module_loaded;
	bool module_file;
	bool device;
};

/* Look at everything; returns how many findings there are in @findings. */
#define FINDINGS_MAX 16
size_t doctor_look(struct patient *patient, struct finding *findings);

#endif /* MHEAP_DOCTOR_H */
