"""The reference application: an inventory that tells somebody when a product runs low."""
