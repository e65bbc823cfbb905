"""The queues of a ring, or of a listener, as bits of one number: compared at once, and short enough for any wire.

Two queues may share a bit. Then somebody is woken in vain; nobody is ever left to sleep.
"""

import re
from collections.abc import Collection
from zlib import crc32

_WIDTH = 128
EVERY_QUEUE = (1 << _WIDTH) - 1
_TEXT = re.compile(rf"[0-9a-f]{{{_WIDTH // 4}}}")


def queue_bits(queues: Collection[str]) -> int:
    """The bits of these queues; of none, all bits."""
    bits = 0
    for queue in queues:
        bits |= 1 << crc32(queue.encode(errors="replace")) % _WIDTH
    return bits or EVERY_QUEUE


def bits_text(bits: int) -> str:
    """As text of always the same length."""
    return f"{bits:0{_WIDTH // 4}x}"


def read_bits(text: str) -> int:
    """The bits that a text says; all of them where it says none: it is of newer code, or of older."""
    bits = int(text, 16) if _TEXT.fullmatch(text) else 0
    return bits or EVERY_QUEUE
