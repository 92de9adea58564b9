"""Values of every function of the standard, against independent references, on every backend of the tests."""
