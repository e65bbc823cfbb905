"""POST /imports takes a catalogue as its body, GET /imports/{id} says how far its import is."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, HTTPException, Request

from dawam.integrations.fastapi import from_scope
from examples.inventory.catalogue import CatalogueError
from examples.inventory.imports.options import ImportOptions
from examples.inventory.imports.records import UnknownImportError
from examples.inventory.imports.service import ImportService, ImportStatus

router = APIRouter()
Imports = Annotated[ImportService, Depends(from_scope(ImportService))]


@router.post("/imports", status_code=202)
async def begin_import(
    request: Request, imports: Imports, options: Annotated[ImportOptions, Depends(from_scope(ImportOptions))]
) -> dict[str, str]:
    """Keeps the body in a file, piece by piece, and has it imported."""
    path = options.folder / f"{uuid4()}.csv"
    try:
        await _receive(request, path, options.largest_upload)
        return {"import": str(await imports.begin(path))}
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, CatalogueError):
            raise HTTPException(422, str(error)) from error
        raise


@router.get("/imports/{import_id}")
async def import_status(import_id: UUID, imports: Imports) -> ImportStatus:
    """How many parts are done, and which rows were refused."""
    try:
        return await imports.status(import_id)
    except UnknownImportError as error:
        raise HTTPException(404, str(error)) from error


async def _receive(request: Request, path: Path, largest: int) -> None:
    """Writes the body to the disk as it comes in; answers 413 to one that is too large."""
    file, size = await asyncio.to_thread(_create, path), 0
    with file:
        async for piece in request.stream():
            size += len(piece)
            if size > largest:
                raise HTTPException(413, f"the catalogue is larger than {largest:,} bytes (Imports.LargestUpload)")
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(os.fsync, file.fileno())


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb", buffering=0)
