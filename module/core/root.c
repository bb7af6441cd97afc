// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "bound.h"
#include "core.h"
#include "root.h"
#include "slot.h"
#include "trace.h"

/**
 * mheap_root_init - an empty table
 * @roots: zeroed memory
 *
 * Context: any.
 */
void mheap_root_init(struct mheap_roots *roots)
{
	spin_lock_init(&roots->lock);
}

static struct mheap_root *mheap_root_find(struct mheap_roots *roots, const char *name)
{
	int i;

	lockdep_assert_held(&roots->lock);
	for (i = 0; i < MHEAP_ROOTS; i++)
		if (roots->entries[i].number &&
		    !memcmp(roots->entries[i].name, name, MHEAP_ROOT_NAME))
			return &roots->entries[i];
	return NULL;
}

static struct mheap_root *mheap_root_unused(struct mheap_roots *roots)
{
	int i;

	lockdep_assert_held(&roots->lock);
	for (i = 0; i < MHEAP_ROOTS; i++)
		if (!roots->entries[i].number)
			return &roots->entries[i];
	return NULL;
}

/**
 * mheap_root_get - count a handle for what a root refers to
 * @mutator: in a section
 * @name: MHEAP_ROOT_NAME bytes, padded with NUL
 * @ret_number: where the number of the object goes
 *
 * Context: any; takes roots.lock.
 * Return: 0; -ENOENT when there is no such root; -EMLINK when there are too
 *	   many handles to the object.
 */
int mheap_root_get(struct mheap_mutator *mutator, const char *name, u32 *ret_number)
{
	struct mheap_roots *roots = &mutator->core->roots;
	struct mheap_root *root;
	int ret = -ENOENT;

	spin_lock(&roots->lock);
	root = mheap_root_find(roots, name);
	if (root) {
		/* The root has a handle of its own for as long as we hold the lock. */
		ret = mheap_handle_take(mutator, root->number);
		if (!ret)
			*ret_number = root->number;
	}
	spin_unlock(&roots->lock);
	mheap_bound_note(&mutator->core->longest_hold, MHEAP_ROOTS, MHEAP_BOUND_HOLD);
	return ret;
}

static void mheap_root_tell(struct mheap_roots *roots, struct mheap_root *root, u32 number,
			    u32 old)
{
	trace_mheap_root(container_of(roots, struct mheap_core, roots), root - roots->entries,
			 number, old);
}

static void mheap_root_tell_full(struct mheap_roots *roots)
{
	trace_mheap_limit(container_of(roots, struct mheap_core, roots), MHEAP_LIMIT_ROOTS,
			  MHEAP_ROOTS);
}

static int mheap_root_replace(struct mheap_roots *roots, const char *name, u32 number,
			      u32 *ret_old)
{
	struct mheap_root *root = mheap_root_find(roots, name);

	lockdep_assert_held(&roots->lock);
	*ret_old = root ? root->number : 0;
	if (!number) {
		if (root) {
			mheap_root_tell(roots, root, 0, *ret_old);
			memset(root, 0, sizeof(*root));
			WRITE_ONCE(roots->count, roots->count - 1);
		}
		return 0;
	}
	if (!root) {
		root = mheap_root_unused(roots);
		if (!root) {
			mheap_root_tell_full(roots);
			return -ENOSPC;
		}
		memcpy(root->name, name, MHEAP_ROOT_NAME);
		WRITE_ONCE(roots->count, roots->count + 1);
	}
	root->number = number;
	mheap_root_tell(roots, root, number, *ret_old);
	return 0;
}

/**
 * mheap_root_exchange - make a root refer to another object
 * @mutator: in a section
 * @name: MHEAP_ROOT_NAME bytes, padded with NUL
 * @number: the object, kept by a handle; 0 to remove the root
 * @ret_old: where the number goes of what it referred to, or 0; the root's
 *	     handle is now the caller's
 *
 * Context: any; takes roots.lock.
 * Return: 0; -ENOSPC when the table is full; -EMLINK when there are too many
 *	   handles to @number.
 */
int mheap_root_exchange(struct mheap_mutator *mutator, const char *name, u32 number,
			u32 *ret_old)
{
	struct mheap_roots *roots = &mutator->core->roots;
	int ret;

	if (number) {
		ret = mheap_handle_take(mutator, number);
		if (ret)
			return ret;
	}
	spin_lock(&roots->lock);
	ret = mheap_root_replace(roots, name, number, ret_old);
	spin_unlock(&roots->lock);
	mheap_bound_note(&mutator->core->longest_hold, 2 * MHEAP_ROOTS, MHEAP_BOUND_HOLD);
	if (ret && number)
		mheap_handle_drop(mutator, number);
	return ret;
}

/**
 * mheap_root_peek - look at an entry of the table
 * @roots: the table
 * @index: below MHEAP_ROOTS
 * @ret_root: where its copy goes
 *
 * Context: in a section; takes the table's lock. Takes no reference.
 * Return: whether the entry is in use.
 */
bool mheap_root_peek(struct mheap_roots *roots, u32 index, struct mheap_root *ret_root)
{
	spin_lock(&roots->lock);
	*ret_root = roots->entries[array_index_nospec(index, MHEAP_ROOTS)];
	spin_unlock(&roots->lock);
	return ret_root->number;
}
