"""Bytes as people say them."""

_UNITS = ("kB", "MB", "GB", "TB")


def spoken_size(size: int) -> str:
    """`812 bytes`, `4.1 kB`, `712.7 MB`, `1.3 GB`: units of a thousand, as disks are sold."""
    if size < 1000:
        return f"{size} bytes"
    value, power = size / 1000, 0
    while value >= 999.95 and power < len(_UNITS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:,.1f} {_UNITS[power]}"
