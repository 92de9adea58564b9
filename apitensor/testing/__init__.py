"""For those who write a backend: `check_backend` runs the whole contract against it and says what it lacks."""

from ._backend import BackendReport, check_backend

__all__ = ["BackendReport", "check_backend"]
