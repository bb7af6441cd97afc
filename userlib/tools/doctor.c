// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "doctor.h"
#include "tool.h"

#define KERNEL_MAJOR	6
#define KERNEL_MINOR	1
#define FILES_MIN	256
#define SECURE_BOOT	"/sys/firmware/efi/efivars/" \
			"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static void path_of(const struct patient *patient, char path[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void path_of(const struct patient *patient, char path[PATH_MAX], const char *format, ...)
{
	int length = snprintf(path, PATH_MAX, "%s", patient->root);
	va_list arguments;

	if (length >= PATH_MAX)
		length = PATH_MAX - 1;
	va_start(arguments, format);
	vsnprintf(path + length, PATH_MAX - (size_t)length, format, arguments);
	va_end(arguments);
}

static bool is_there(const struct patient *patient, const char *name)
{
	char path[PATH_MAX];

	path_of(patient, path, "%s", name);
	return !access(path, F_OK);
}

/* The first bytes of a file; how many there are, 0 when it cannot be read. */
static size_t read_start(const struct patient *patient, const char *name, char *to, size_t room)
{
	char path[PATH_MAX];
	size_t count;
	FILE *file;

	path_of(patient, path, "%s", name);
	file = fopen(path, "re");
	if (!file) {
		*to = '\0';
		return 0;
	}
	count = fread(to, 1, room - 1, file);
	fclose(file);
	to[count] = '\0';
	return count;
}

static void find(struct finding *finding, enum finding_state state, const char *mend,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void find(struct finding *finding, enum finding_state state, const char *mend,
		 const char *format, ...)
{
	va_list arguments;

	finding->state = state;
	snprintf(finding->mend, sizeof(finding->mend), "%s", mend);
	va_start(arguments, format);
	vsnprintf(finding->detail, sizeof(finding->detail), format, arguments);
	va_end(arguments);
}

static void look_at_kernel(struct patient *patient, struct finding *finding)
{
	unsigned int major = 0, minor = 0;

	finding->check = "kernel";
	if (sscanf(patient->release, "%u.%u", &major, &minor) == 2 &&
	    (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR)))
		find(finding, FINDING_OK, "", "Linux %s", patient->release);
	else
		find(finding, FINDING_FAULT, "sudo apt install linux-image-amd64",
		     "Linux %s is older than %u.%u", patient->release, KERNEL_MAJOR,
		     KERNEL_MINOR);
}

/* A line of modules.dep begins with the file of a module. */
static bool has_module_file(const struct patient *patient)
{
	char path[PATH_MAX];
	bool found = false;
	size_t room = 0;
	char *line = NULL;
	FILE *file;

	path_of(patient, path, "/lib/modules/%s/modules.dep", patient->release);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0) {
		const char *name;

		line[strcspn(line, ":\n")] = '\0';
		name = strrchr(line, '/');
		name = name ? name + 1 : line;
		found = !strncmp(name, "mheap.ko", 8) && (!name[8] || name[8] == '.');
	}
	free(line);
	fclose(file);
	return found;
}

static void look_at_headers(struct patient *patient, struct finding *finding)
{
	char path[PATH_MAX];
	char mend[160];

	finding->check = "headers";
	snprintf(mend, sizeof(mend), "sudo apt install linux-headers-%s", patient->release);
	path_of(patient, path, "/lib/modules/%s/build", patient->release);
	if (!access(path, F_OK))
		find(finding, FINDING_OK, "", "the headers to build the module are there");
	else if (patient->module_file || patient->module_loaded)
		find(finding, FINDING_NOTE, "", "not there, and not needed: the module is built");
	else
		find(finding, FINDING_FAULT, mend, "the headers to build the module are missing");
}

static void look_at_file(struct patient *patient, struct finding *finding)
{
	finding->check = "module";
	if (patient->module_file)
		find(finding, FINDING_OK, "", "mheap.ko is installed for this kernel");
	else if (patient->module_loaded)
		find(finding, FINDING_NOTE, "", "loaded, and not installed: it will be gone "
		     "after a restart; `sudo make install' in the sources keeps it");
	else
		find(finding, FINDING_FAULT, "sudo make install",
		     "mheap.ko is not installed for this kernel; in the sources:");
}

static bool is_locked_down(const struct patient *patient)
{
	char text[128];

	read_start(patient, "/sys/kernel/security/lockdown", text, sizeof(text));
	return strstr(text, "[integrity]") || strstr(text, "[confidentiality]");
}

/* Four bytes of attributes, and one of the value. */
static bool is_secure_boot(const struct patient *patient)
{
	char text[8];

	return read_start(patient, SECURE_BOOT, text, sizeof(text)) >= 5 && text[4] == 1;
}

static void look_at_lockdown(struct patient *patient, struct finding *finding)
{
	finding->check = "secure-boot";
	if (!is_secure_boot(patient) && !is_locked_down(patient))
		find(finding, FINDING_OK, "", "modules need no signature");
	else if (patient->module_loaded)
		find(finding, FINDING_OK, "", "modules need a signature, and this one has it");
	else
		find(finding, FINDING_FAULT, "sudo mokutil --import /var/lib/dkms/mok.pub",
		     "%s: the module is refused unless it is signed by a key that is enrolled; "
		     "sign it with scripts/sign-file, enrol the key, and restart:",
		     is_secure_boot(patient) ? "Secure Boot is on" : "the kernel is locked down");
}

static void look_at_loaded(struct patient *patient, struct finding *finding)
{
	char version[64];

	finding->check = "loaded";
	if (!patient->module_loaded) {
		find(finding, FINDING_FAULT,
		     patient->module_file ? "sudo modprobe mheap" : "sudo insmod mheap.ko",
		     "the module is not loaded");
		return;
	}
	read_start(patient, "/sys/module/mheap/version", version, sizeof(version));
	version[strcspn(version, "\n")] = '\0';
	find(finding, FINDING_OK, "", "the module is loaded%s%s", *version ? ", version " : "",
	     version);
}

static void look_at_node(struct patient *patient, struct finding *finding)
{
	finding->check = "device";
	patient->device = is_there(patient, MH_DEVICE);
	if (patient->device)
		find(finding, FINDING_OK, "", MH_DEVICE " is there");
	else if (!patient->module_loaded)
		find(finding, FINDING_NOTE, "", MH_DEVICE " comes with the module");
	else
		find(finding, FINDING_FAULT, "sudo udevadm trigger --action=add "
		     "/sys/class/misc/mheap", MH_DEVICE " is missing");
}

static const char *user_name(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? user->pw_name : "USER";
}

/* Whether the database says so; the process may have begun before. */
static bool is_member(const struct group *group)
{
	for (char **member = group->gr_mem; *member; member++)
		if (!strcmp(*member, user_name()))
			return true;
	return false;
}

static void look_at_permission(struct patient *patient, struct finding *finding)
{
	const struct group *group = getgrnam("mheap");
	char path[PATH_MAX];
	char mend[160];

	finding->check = "permission";
	snprintf(mend, sizeof(mend), "sudo usermod -aG mheap %s", user_name());
	path_of(patient, path, "%s", MH_DEVICE);
	if (!patient->device)
		find(finding, FINDING_NOTE, "", "there is no device yet");
	else if (!access(path, R_OK | W_OK))
		find(finding, FINDING_OK, "", "%s may open it", user_name());
	else if (!group)
		find(finding, FINDING_FAULT, "sudo sh -c 'systemd-sysusers && udevadm control "
		     "--reload && udevadm trigger /dev/mheap'",
		     "%s may not open it, and there is no group mheap", user_name());
	else if (is_member(group))
		find(finding, FINDING_FAULT, "newgrp mheap",
		     "%s is in the group mheap, but was not yet at login", user_name());
	else
		find(finding, FINDING_FAULT, mend, "%s is not in the group mheap; log in again "
		     "after:", user_name());
}

static void look_at_interface(struct patient *patient, struct finding *finding)
{
	struct mh_limits limits;
	int error;

	finding->check = "interface";
	if (*patient->root || !patient->device) {
		find(finding, FINDING_NOTE, "", "there is no device to ask");
		return;
	}
	error = mh_query(NULL, &limits);
	if (error == -EPERM || error == -EACCES)
		find(finding, FINDING_NOTE, "", "not asked: %s", mh_explain(error));
	else if (error)
		find(finding, FINDING_FAULT, "sudo sh -c 'modprobe -r mheap; modprobe mheap'",
		     "the module does not answer: %s", mh_explain(error));
	else if (limits.abi != MHEAP_ABI || limits.commands <= MHEAP_CMD_SESSION_LIST)
		find(finding, FINDING_FAULT, "sudo sh -c 'modprobe -r mheap; modprobe mheap'",
		     "the module is older than this tool: version %u, %u commands", limits.abi,
		     limits.commands);
	else
		find(finding, FINDING_OK, "", "version %u, %u commands", limits.abi,
		     limits.commands);
}

/* Where debugfs is mounted there always is something. */
static bool is_empty(const struct patient *patient, const char *name)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	bool empty = true;
	DIR *directory;

	path_of(patient, path, "%s", name);
	directory = opendir(path);
	if (!directory)
		return true;
	for (entry = readdir(directory); entry; entry = readdir(directory))
		empty = empty && *entry->d_name == '.';
	closedir(directory);
	return empty;
}

static void look_at_debugfs(struct patient *patient, struct finding *finding)
{
	finding->check = "debugfs";
	if (is_there(patient, "/sys/kernel/debug/mheap"))
		find(finding, FINDING_OK, "", "`mheap stat' and `mheap gc' can read it");
	else if (geteuid() && !*patient->root)
		find(finding, FINDING_NOTE, "", "for root alone: `sudo mheap stat'");
	else if (is_empty(patient, "/sys/kernel/debug"))
		find(finding, FINDING_FAULT, "sudo mount -t debugfs none /sys/kernel/debug",
		     "it is not mounted: `mheap stat' and `mheap gc' need it");
	else
		find(finding, FINDING_NOTE, "", "it has nothing of a module that is not loaded");
}

static void look_at_files(struct patient *patient, struct finding *finding)
{
	struct rlimit limit;

	(void)patient;
	finding->check = "files";
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES_MIN)
		find(finding, FINDING_OK, "", "enough files may be open: each session is one");
	else
		find(finding, FINDING_FAULT, "ulimit -n 1024",
		     "only %llu files may be open, and each session is one",
		     (unsigned long long)limit.rlim_cur);
}

/* Heaps are charged to the memory cgroup; the line "0::/path" names it. */
static void look_at_memory(struct patient *patient, struct finding *finding)
{
	unsigned long long max, current;
	char text[PATH_MAX], name[PATH_MAX];
	char *group;

	finding->check = "memory";
	read_start(patient, "/proc/self/cgroup", text, sizeof(text) / 2);
	group = strstr(text, "0::/");
	if (group) {
		group[strcspn(group, "\n")] = '\0';
		snprintf(name, sizeof(name), "/sys/fs/cgroup%.2000s/memory.max", group + 3);
		read_start(patient, name, text, sizeof(text));
		max = strtoull(text, NULL, 10);
		snprintf(strrchr(name, '/'), 20, "/memory.current");
		read_start(patient, name, text, sizeof(text));
		current = strtoull(text, NULL, 10);
		if (max && current > max - max / 10) {
			find(finding, FINDING_FAULT,
			     "systemctl --user set-property app.slice MemoryMax=infinity",
			     "less than a tenth of what the memory cgroup may take is left");
			return;
		}
	}
	find(finding, FINDING_OK, "", "the memory cgroup has room");
}

size_t doctor_look(struct patient *patient, struct finding *findings)
{
	static void (*const looks[])(struct patient *patient, struct finding *finding) = {
		look_at_kernel, look_at_headers, look_at_file, look_at_lockdown, look_at_loaded,
		look_at_node, look_at_permission, look_at_interface, look_at_debugfs,
		look_at_files, look_at_memory,
	};
	size_t count = sizeof(looks) / sizeof(looks[0]);

	patient->module_loaded = is_there(patient, "/sys/module/mheap");
	patient->module_file = has_module_file(patient);
	for (size_t i = 0; i < count; i++)
		looks[i](patient, &findings[i]);
	return count;
}
