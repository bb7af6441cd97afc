// SPDX-License-Identifier: GPL-2.0
/*
 * Breaks the kernel on request, so that the VM's selftest can see whether it is
 * noticed: write a word to /sys/module/provoke/parameters/what.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static DEFINE_SPINLOCK(one_lock);
static DEFINE_SPINLOCK(other_lock);
static void *volatile escaped;

static void provoke_warning(void)
{
	WARN(1, "provoked\n");
}

static void provoke_oops(void)
{
	*(int *volatile)8 = 1;
}

static void provoke_leak(void)
{
	escaped = kmalloc(123, GFP_KERNEL);
	escaped = NULL;
}

static void provoke_use_after_free(void)
{
	char *volatile bytes = kmalloc(123, GFP_KERNEL);

	if (!bytes)
		return;
	kfree(bytes);
	bytes[12] = 1;
}

static void provoke_inversion(void)
{
	spin_lock(&one_lock);
	spin_lock(&other_lock);
	spin_unlock(&other_lock);
	spin_unlock(&one_lock);

	spin_lock(&other_lock);
	spin_lock(&one_lock);
	spin_unlock(&one_lock);
	spin_unlock(&other_lock);
}

static void provoke_pin(void)
{
	__module_get(THIS_MODULE);
}

/* Long enough for any timeout, deaf to signals. */
static void provoke_hang(void)
{
	msleep(1000 * 1000);
}

static const struct {
	const char *word;
	void (*run)(void);
} provoke_table[] = {
	{ "warning", provoke_warning },
	{ "oops", provoke_oops },
	{ "leak", provoke_leak },
	{ "use-after-free", provoke_use_after_free },
	{ "inversion", provoke_inversion },
	{ "pin", provoke_pin },
	{ "hang", provoke_hang },
};

static int provoke_set(const char *value, const struct kernel_param *param)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(provoke_table); i++) {
		if (!sysfs_streq(value, provoke_table[i].word))
			continue;
		provoke_table[i].run();
		return 0;
	}
	return -EINVAL;
}

static const struct kernel_param_ops provoke_ops = { .set = provoke_set };

module_param_cb(what, &provoke_ops, NULL, 0200);
MODULE_PARM_DESC(what, "what to break");
MODULE_DESCRIPTION("Breaks the kernel on request");
MODULE_LICENSE("GPL");
