"""Other people's tests with apitensor as a namespace that they do not know: `python -m tests.clients`.

`suites.py` says which tests of which client are run, `plugin.py` is loaded into them, `__main__.py` runs them and
writes docs/clients.md, and `explanations.toml` says why tests fail. `test_selection.py` is what `make test` runs.
"""
