"""Bytes as people say them."""

_UNITS = ("kB", "MB", "GB", "TB")


def spoken_size(size: int) -> str:
    """`812 bytes`, `4.1 kB`, `712.7 MB`, `1.3 GB`: units of a thousand, as disks are sold."""
    if size < 1000:
        return f"{size} bytes"
    value = float(size)
    for unit in _UNITS:
        value /= 1000
        if value < 999.95 or unit == _UNITS[-1]:
            break
    return f"{value:,.1f} {unit}"
