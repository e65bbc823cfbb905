"""Where jobs are kept. `base` is the contract; every other module here is one way of keeping it."""
