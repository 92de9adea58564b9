"""The official conformance suite of the array API standard, run on apitensor: `python -m tests.conformance`.

`suite.py` finds or fetches the pinned suite, `__main__.py` runs it, `plugin.py` is loaded into it, `tracked.py` is what
it tests in tracked mode, and `contradictions.txt` lists the tests that contradict the text of the specification.
"""
