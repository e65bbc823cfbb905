"""The files that browsers load: each is served under a name that changes with what is in it, and kept for a year."""

from hashlib import blake2b
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """Known by name; anything else is not there, whatever its path says."""

    def __init__(self) -> None:
        self._hashed = {
            path.name: f"{path.stem}.{blake2b(path.read_bytes(), digest_size=6).hexdigest()}{path.suffix}"
            for path in sorted(FOLDER.iterdir())
            if path.suffix in _TYPES
        }
        self._files = {hashed: FOLDER / name for name, hashed in self._hashed.items()}

    def hashed(self, name: str) -> str:
        """The name under which it is served."""
        return self._hashed[name]

    async def serve(self, request: Request) -> Response:
        path = self._files.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)
