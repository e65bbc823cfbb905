"""Sees every write and every sync that SQLite asks the system for, in this process.

SQLite reaches files through a table of functions. A copy of the usual table takes its place, in which a few entries
are ours: each notes what is asked for, and passes it on. So the recording is exact, and the store is the real one.
"""

import _sqlite3
import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_void_p, cast
from typing import Any

from msgspec import Struct


class Write(Struct, frozen=True, tag=True):
    """Bytes were handed to the system; they are not durable before the next sync of that file."""

    path: str
    offset: int
    data: bytes


class Truncate(Struct, frozen=True, tag=True):
    """The file was cut, which is not durable before its next sync either."""

    path: str
    size: int


class Synced(Struct, frozen=True, tag=True):
    """The system says that what the first `covered` operations did to the content of this file is durable."""

    path: str
    covered: int


class Created(Struct, frozen=True, tag=True):
    """A new file got this name, which is not durable before the next sync of the folder."""

    path: str


class Deleted(Struct, frozen=True, tag=True):
    """A file lost its name, which is not durable before that either."""

    path: str


class FolderSynced(Struct, frozen=True, tag=True):
    """The system says that the names which the first `covered` operations gave and took are durable."""

    covered: int


_CREATE = 0x4
_LOGS = 0x800 | 0x4000 | 0x80000
"""Rollback journals and write-ahead logs: SQLite syncs their folder when it first syncs them."""

Operation = Write | Truncate | Synced | Created | Deleted | FolderSynced


class NoSharedLibraryError(Exception):
    """This Python has an SQLite of its own inside, whose functions cannot be reached."""


class _Vfs(Structure):
    _fields_ = [
        ("version", c_int), ("file_size", c_int), ("longest_path", c_int), ("next", c_void_p), ("name", c_char_p),
        ("data", c_void_p), ("open", c_void_p), ("delete", c_void_p), ("rest", c_void_p * 13),
    ]  # fmt: skip


class _Methods(Structure):
    _fields_ = [
        ("version", c_int), ("close", c_void_p), ("read", c_void_p), ("write", c_void_p), ("truncate", c_void_p),
        ("sync", c_void_p), ("rest", c_void_p * 13),
    ]  # fmt: skip


class _File(Structure):
    _fields_ = [("methods", POINTER(_Methods))]


# the name as a pointer: SQLite keeps it and derives other names from it, so no copy of ours may take its place
_Open = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, c_void_p)
_Delete = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_WriteCall = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TruncateCall = ctypes.CFUNCTYPE(c_int, c_void_p, c_int64)
_SyncCall = ctypes.CFUNCTYPE(c_int, c_void_p, c_int)


class RecordingDisk:
    """From its making to the end of the process, whatever SQLite does to files named here is in `operations`."""

    def __init__(self) -> None:
        self.operations: list[Any] = []
        """`Operation`s in order; the recording process adds what it was promised meanwhile."""
        self._paths: dict[int, str] = {}
        self._new_logs: set[int] = set()
        """Files whose first sync is one of the folder, too."""
        self._methods: dict[int, _Methods] = {}
        self._kept: list[object] = []  # what SQLite points to must not be collected
        self._install(_library())

    def _install(self, library: Any) -> None:
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        library.sqlite3_vfs_register.argtypes = (POINTER(_Vfs), c_int)
        usual = library.sqlite3_vfs_find(None).contents
        ours = _Vfs.from_buffer_copy(usual)
        ours.name = b"recording"
        usual_open, usual_delete = cast(usual.open, _Open), cast(usual.delete, _Delete)

        def open_file(vfs: int, pointer: int | None, file: Any, flags: int, out: int) -> int:
            name = None if pointer is None else ctypes.string_at(pointer)
            was_there = name is None or os.path.exists(name)
            code: int = usual_open(vfs, pointer, file, flags, out)
            if code == 0 and name is not None:
                self._opened(ctypes.addressof(file.contents), name.decode(), flags, was_there=was_there)
                file.contents.methods = ctypes.pointer(self._recording(file.contents.methods.contents))
            return code

        def delete_file(vfs: int, name: bytes, sync_folder: int) -> int:
            if os.path.exists(name):
                self.operations.append(Deleted(name.decode()))
            covered = len(self.operations)
            code: int = usual_delete(vfs, name, sync_folder)
            if code == 0 and sync_folder & 1:
                self.operations.append(FolderSynced(covered))
            return code

        ours.open = self._pointer(_Open(open_file))
        ours.delete = self._pointer(_Delete(delete_file))
        self._kept += [usual, ours]
        assert library.sqlite3_vfs_register(ctypes.byref(ours), 1) == 0

    def _opened(self, file: int, path: str, flags: int, *, was_there: bool) -> None:
        self._paths[file] = path
        self._new_logs.discard(file)
        if flags & _CREATE and flags & _LOGS:
            self._new_logs.add(file)
        if not was_there:
            self.operations.append(Created(path))

    def _recording(self, usual: _Methods) -> _Methods:
        """The same methods, with notes taken."""
        known = self._methods.get(ctypes.addressof(usual))
        if known is not None:
            return known
        ours = _Methods.from_buffer_copy(usual)
        usual_write, usual_sync = cast(usual.write, _WriteCall), cast(usual.sync, _SyncCall)
        usual_truncate = cast(usual.truncate, _TruncateCall)

        def write(file: int, data: int, size: int, offset: int) -> int:
            self.operations.append(Write(self._paths[file], offset, ctypes.string_at(data, size)))
            return int(usual_write(file, data, size, offset))

        def truncate(file: int, size: int) -> int:
            self.operations.append(Truncate(self._paths[file], size))
            return int(usual_truncate(file, size))

        def sync(file: int, flags: int) -> int:
            covered = len(self.operations)
            code: int = usual_sync(file, flags)
            if code == 0:
                self.operations.append(Synced(self._paths[file], covered))
                if file in self._new_logs:
                    self._new_logs.remove(file)
                    self.operations.append(FolderSynced(covered))
            return code

        ours.write, ours.truncate = self._pointer(_WriteCall(write)), self._pointer(_TruncateCall(truncate))
        ours.sync = self._pointer(_SyncCall(sync))
        self._methods[ctypes.addressof(usual)] = ours
        self._kept.append(usual)
        return ours

    def _pointer(self, function: Any) -> int | None:
        self._kept.append(function)
        return cast(function, c_void_p).value


def _library() -> Any:
    """The very SQLite that the module `sqlite3` uses."""
    try:
        library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))  # None: it is a part of the interpreter itself
        library.sqlite3_vfs_find  # noqa: B018  (it is looked up here)
    except (AttributeError, OSError, TypeError) as error:
        raise NoSharedLibraryError(f"the functions of this Python's SQLite cannot be reached: {error}") from error
    return library


def why_not_here() -> str | None:
    """Why nothing can be recorded with this Python; None where it can."""
    try:
        _library()
    except NoSharedLibraryError as error:
        return str(error)
    return None
