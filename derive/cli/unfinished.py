"""What a run makes on the way to its results, and what runs that were killed left of it.

A run holds a lock on each. Locks end with their process, however that ended, so what bears our
name and can be locked is no one's any more.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_FILE, _SUFFIX = ".derive.", ".part"
_FOLDER = "derive-run-"
_ANY = "?" * 8
"""What `tempfile` puts into a name."""


@contextmanager
def unfinished_file(folder: Path) -> Iterator[Path]:
    """An empty file to write and to rename; it is removed if it still has its name.

    What killed runs left in `folder` is removed first.

    Raises:
        OSError: no file can be made there.
    """
    _remove_leftovers(folder, _FILE + _ANY + _SUFFIX)

    def new() -> Path:
        handle, name = tempfile.mkstemp(_SUFFIX, _FILE, folder)
        os.close(handle)
        return Path(name)

    with _held(new) as path:
        try:
            yield path
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)


@contextmanager
def temporary_folder() -> Iterator[None]:
    """A folder for what libraries put away meanwhile, theirs by `tempfile`'s default.

    Where the machine has no place for one there is none: only some formats need it.

    Raises:
        OSError: no folder can be made in that place.
    """
    try:
        before = tempfile.gettempdir()
    except FileNotFoundError:
        yield
        return
    _remove_leftovers(Path(before), _FOLDER + _ANY)
    with _held(lambda: Path(tempfile.mkdtemp(prefix=_FOLDER))) as path:
        tempfile.tempdir = str(path)
        try:
            yield
        finally:
            tempfile.tempdir = before
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _held(new: Callable[[], Path]) -> Iterator[Path]:
    """What `new` makes, locked as long as it is in use; Windows keeps open files by itself."""
    if sys.platform == "win32":
        yield new()
        return
    while True:
        path = new()
        handle = os.open(path, os.O_RDONLY)
        try:
            # A file system without locks has none to find leftovers by either.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is(path, handle):  # No other run took it for a leftover before it was locked.
                yield path
                return
        finally:
            os.close(handle)


def _is(path: Path, handle: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), os.fstat(handle))
    return False


def _remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove what this user's runs left there that are no more."""
    if sys.platform == "win32":
        return
    for path in folder.glob(pattern):
        # What another run removes at this moment, or what is in use, is left alone.
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if os.fstat(handle).st_uid != os.geteuid():
                    continue
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            finally:
                os.close(handle)
