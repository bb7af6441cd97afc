# SPDX-License-Identifier: GPL-2.0
"""list.py [OBJECTS]: dropping the head of a long list, which returns when all is gone."""
import gc

from bench import Span, argument

gc.disable()
objects = argument(1, 10000000)
head = None
for _ in range(objects):
    head = [head, None]
span = Span()
del head
span.say("drop_us", 1000)
span.say("gone_ns", objects)
