"""Finds a font that has Arabic letters."""

from pathlib import Path

USUAL = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),  # Debian, Ubuntu
    Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),  # Fedora
    Path("/usr/share/fonts/TTF/DejaVuSans.ttf"),  # Arch
    Path("/System/Library/Fonts/Supplemental/Arial Unicode.ttf"),  # macOS
    Path("C:/Windows/Fonts/arial.ttf"),
)


class ReportFontError(Exception):
    """There is no font to write a report with."""


def find_font(wanted: Path | None, usual: tuple[Path, ...] = USUAL) -> Path:
    """The wanted font, or else the first of the usual ones that is there. Raises `ReportFontError`."""
    found = next((path for path in ((wanted,) if wanted else usual) if path.is_file()), None)
    if found is not None:
        return found
    looked_for = ", ".join(str(path) for path in ((wanted,) if wanted else usual))
    raise ReportFontError(
        f"no font with Arabic letters was found: looked for {looked_for}. On Debian and Ubuntu `apt-get install "
        "fonts-dejavu-core` brings one; Reports.Font of the settings names any other TrueType font"
    )
