"""Where the official suite comes from: one pinned commit, found on this machine or fetched from GitHub."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from platformdirs import user_cache_path

URL = "https://github.com/data-apis/array-api-tests"
COMMIT = "55fcc60179efa2680ddd6cd926ddf17b83530e2b"
SPECIFICATION = "2025.12"
CACHE = user_cache_path("apitensor", appauthor=False)


class Unavailable(Exception):
    """The suite is not on this machine and cannot be fetched."""


class Unusable(Exception):
    """There is a checkout, but not of the suite that is asked for."""


def find() -> Path:
    """Give the folder of the pinned suite: `$ARRAY_API_TESTS_DIR`, else the user's cache, fetched if need be.

    Raises
    ------
    Unusable : `$ARRAY_API_TESTS_DIR`, or the cache after fetching, is not the pinned commit, or was edited.
    Unavailable : it could not be fetched.
    """
    chosen = os.environ.get("ARRAY_API_TESTS_DIR")
    folder = Path(chosen).expanduser().resolve() if chosen else CACHE / "array-api-tests"
    fault = _fault(folder)
    if fault and not chosen:
        _fetch(folder)
        fault = _fault(folder)
    if fault:
        raise Unusable(f"{folder} is not the official suite at commit {COMMIT[:7]}: {fault}")
    return folder


def _fault(folder: Path) -> str | None:
    """Say what is wrong with a checkout, if anything is."""
    if not (folder / ".git").exists():
        return "it is no git checkout"
    try:
        head = _git(folder, "rev-parse", "HEAD")
        if head != COMMIT:
            return f"it is at commit {head[:7]}"
        # git answers for the outer repository where the submodule's folder is empty, so an absent one is noticed too
        if _git(folder / "array-api", "rev-parse", "HEAD") != _git(folder, "rev-parse", "HEAD:array-api"):
            return "its submodule array-api is absent or at another commit"
        for checkout in (folder, folder / "array-api"):
            if edited := _git(checkout, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules"):
                return f"files were edited:\n{edited}"
    except (OSError, subprocess.SubprocessError) as error:
        return _message(error)
    return None


def _fetch(folder: Path) -> None:
    """Bring the pinned commit and its submodule into `folder`, which may be new or an older checkout."""
    print(f"fetching {URL} at {COMMIT[:7]} into {folder}", flush=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _git(folder, "init", "--quiet")
        _git(folder, "fetch", "--quiet", "--depth=1", URL, COMMIT)
        _git(folder, "checkout", "--quiet", "--detach", COMMIT)
        _git(folder, "submodule", "--quiet", "update", "--init", "--depth=1", "array-api")
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"it is not at {folder}, and fetching it from {URL} failed: {_message(error)}") from error


def _git(folder: Path, *args: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}  # fail rather than ask for a password
    command = ["git", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30", *args]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=600)
    return done.stdout.strip()


def _message(error: Exception) -> str:
    return (getattr(error, "stderr", None) or str(error)).strip()
