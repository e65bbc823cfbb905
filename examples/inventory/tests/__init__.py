"""The inventory's own tests."""
