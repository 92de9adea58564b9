"""Programs through other people's libraries, their gradients against differences: `python -m tests.gallery`."""
