"""What needs a CUDA device: `make test-gpu` runs everything on one and writes docs/gpu-results.md."""
