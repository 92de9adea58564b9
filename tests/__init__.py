"""The tests of apitensor."""
