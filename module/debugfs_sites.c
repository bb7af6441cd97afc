// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of debugfs about what is in a heap besides objects: sites, and names of types.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "heap.h"

/* No type has this position: there is nothing behind it. */
#define MHEAP_TYPES_END	((1LL << 32) + 1)

/*
 * A name, which may have any bytes, as one word: spaces and all that is not printable in
 * octal, and a single dash where there is none.
 */
static void mheap_debugfs_show_name(struct seq_file *seq, const char *name, u32 bytes)
{
	const char *end = name + bytes;

	if (!bytes)
		seq_putc(seq, '-');
	else if (bytes == 1 && *name == '-')
		seq_puts(seq, "\\055");
	else
		for (; name < end; name++)
			if (isascii(*name) && isgraph(*name) && *name != '\\')
				seq_putc(seq, *name);
			else
				seq_printf(seq, "\\%03o", (u8)*name);
}

/* The position in the file is the site's number and 1, and 0 is the heading. */
static void *mheap_sites_seek(struct seq_file *seq, loff_t pos)
{
	struct mheap_heap *heap = seq->private;

	if (!pos)
		return SEQ_START_TOKEN;
	/* Any pointer will do that is not NULL, nor the heading's. */
	return pos <= mheap_sites_count(&heap->core.sites) ? heap : NULL;
}

static void *sites_start(struct seq_file *seq, loff_t *pos)
{
	return mheap_sites_seek(seq, *pos);
}

static void *sites_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return mheap_sites_seek(seq, ++*pos);
}

static void sites_stop(struct seq_file *seq, void *v)
{
}

static int sites_show(struct seq_file *seq, void *v)
{
	struct mheap_heap *heap = seq->private;
	struct mheap_site_figures figures;
	struct mheap_site_name name;
	u32 site = seq->index - 1;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "mheap-sites 1\n");
		seq_puts(seq, "# site parent line objects bytes peak_objects peak_bytes total_objects total_bytes young file function\n");
		return 0;
	}
	mheap_site_name(&heap->core, site, &name);
	mheap_site_read(&heap->core, site, &figures);
	seq_printf(seq, "%u %u %u %lld %lld %lld %lld %llu %llu %llu ", site, name.parent,
		   name.line, figures.objects, figures.bytes, figures.peak_objects,
		   figures.peak_bytes, figures.total_objects, figures.total_bytes, figures.young);
	mheap_debugfs_show_name(seq, name.file, name.file_bytes);
	seq_putc(seq, ' ');
	mheap_debugfs_show_name(seq, name.function, name.function_bytes);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations sites_sops = {
	.start = sites_start,
	.next = sites_next,
	.stop = sites_stop,
	.show = sites_show,
};

static int sites_open(struct inode *inode, struct file *file)
{
	return mheap_debugfs_seq_open(inode, file, &sites_sops);
}

static const struct file_operations sites_fops = {
	.owner = THIS_MODULE,
	.open = sites_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

/**
 * struct mheap_type_reader - a reader of the names of types
 * @heap: the heap; only to be used while debugfs keeps it, which is in read()
 * @next: the type after the one at hand
 * @type: the type at hand
 * @bytes: of its names
 * @text: its names
 *
 * The position in the file is the type's number and 1, and 0 is the heading.
 */
struct mheap_type_reader {
	struct mheap_heap *heap;
	u64 next;
	u32 type;
	u32 bytes;
	char text[MHEAP_TYPE_TEXT];
};

static void *mheap_types_seek(struct mheap_type_reader *reader, loff_t *pos)
{
	if (!*pos)
		return SEQ_START_TOKEN;
	reader->next = *pos - 1;
	reader->bytes = mheap_type_get(&reader->heap->core, &reader->next, &reader->type,
				       reader->text, sizeof(reader->text));
	*pos = reader->bytes ? reader->type + 1LL : MHEAP_TYPES_END;
	return reader->bytes ? reader : NULL;
}

static void *types_start(struct seq_file *seq, loff_t *pos)
{
	return mheap_types_seek(seq->private, pos);
}

static void *types_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return mheap_types_seek(seq->private, pos);
}

static int types_show(struct seq_file *seq, void *v)
{
	const struct mheap_type_reader *reader = seq->private;
	u32 at = 0, length;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "mheap-types 1\n");
		seq_puts(seq, "# type name slot...\n");
		return 0;
	}
	seq_printf(seq, "%u", reader->type);
	for (; at < reader->bytes; at += length + 1) {
		length = strnlen(reader->text + at, reader->bytes - at);
		seq_putc(seq, ' ');
		mheap_debugfs_show_name(seq, reader->text + at, length);
	}
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations types_sops = {
	.start = types_start,
	.next = types_next,
	.stop = sites_stop,
	.show = types_show,
};

static int types_open(struct inode *inode, struct file *file)
{
	struct mheap_type_reader *reader;

	reader = __seq_open_private(file, &types_sops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->heap = inode->i_private;
	return 0;
}

static const struct file_operations types_fops = {
	.owner = THIS_MODULE,
	.open = types_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/**
 * mheap_debugfs_add_sites - make the files of sites and types
 * @heap: the heap
 * @dir: its directory
 *
 * Context: may sleep.
 */
void mheap_debugfs_add_sites(struct mheap_heap *heap, struct dentry *dir)
{
	debugfs_create_file("sites", 0400, dir, heap, &sites_fops);
	debugfs_create_file("types", 0400, dir, heap, &types_fops);
}
