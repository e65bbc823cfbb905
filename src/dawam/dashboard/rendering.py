"""Pages from templates: what every one of them knows, and the words it has."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from dawam.dashboard.access import Role
from dawam.dashboard.assets import Assets
from dawam.dashboard.charts import bars
from dawam.dashboard.languages import LANGUAGES, catalogue
from dawam.dashboard.options import DashboardOptions
from dawam.dashboard.visit import Visit
from dawam.jobs.state import JobState
from dawam.version import __version__

CSRF_FIELD = "csrf_token"
_WHEN = Markup('<time datetime="{}" title="{}">{}</time>')


class Pages:
    """Renders templates for a visit."""

    def __init__(self, options: DashboardOptions, assets: Assets) -> None:
        self._options, self._assets = options, assets

    def render(self, visit: Visit, template: str, /, *, status: int = 200, **said: Any) -> HTMLResponse:
        """The page. `said` is what its template asks for."""
        page = _environment(visit.language.code).get_template(template)
        text = page.render(**self._known(visit), **said)
        return HTMLResponse(text, status, headers={"Content-Language": visit.language.code, "Vary": "Cookie"})

    def _known(self, visit: Visit) -> dict[str, Any]:
        """What every template knows."""
        times = visit.times

        def asset(name: str) -> str:
            return f"{visit.prefix}/static/{self._assets.hashed(name)}"

        def when(moment: datetime) -> Markup:
            return _WHEN.format(moment.isoformat(), times.exact(moment), times.ago(moment))

        return {
            "visit": visit,
            "options": self._options,
            "language": visit.language,
            "languages": LANGUAGES.values(),
            "csrf": Markup('<input type="hidden" name="{}" value="{}">').format(
                CSRF_FIELD, visit.request.scope.get("dawam.csrf", "")
            ),
            "link": _linker(visit.prefix),
            "here": visit.request.url.path.removeprefix(visit.prefix) or "/",
            "asset": asset,
            "when": when,
            "duration": times.duration,
            "Role": Role,
            "JobState": JobState,
            "version": __version__,
        }


def _linker(prefix: str) -> Callable[..., str]:
    def link(path: str, **query: Any) -> str:
        said = {name.rstrip("_"): value for name, value in query.items() if value not in (None, "")}
        return f"{prefix}{path}" + (f"?{urlencode(said, doseq=True)}" if said else "")

    return link


@cache
def _environment(code: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("dawam.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(catalogue(code), newstyle=True)  # type: ignore[attr-defined]
    filters: Any = environment.filters
    filters.update(count=_count, bars=bars)
    return environment


def _count(number: int) -> str:
    return f"{number:,}"
