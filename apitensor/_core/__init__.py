"""All that one must read to trust a gradient."""
