"""The array API standard, one file per chapter of its specification, each function beside its derivative."""
