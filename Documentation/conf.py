# SPDX-License-Identifier: GPL-2.0-only
"""How Sphinx builds this. The Makefile says where the kernel's tools are."""
import os
import sys

TOP = os.path.abspath("..")
TOOLS = os.environ["KERNEL_TOOLS"]
sys.path.insert(0, os.path.join(TOOLS, "Documentation/sphinx"))

project = "mheap"
copyright = "the mheap authors"
needs_sphinx = "3.2"
extensions = ["kerneldoc"]
exclude_patterns = []
primary_domain = "c"
highlight_language = "c"
html_theme = "alabaster"
html_show_sphinx = False

kerneldoc_bin = os.path.join(TOOLS, "scripts/kernel-doc")
kerneldoc_srctree = TOP
c_id_attributes = ["__user"]
