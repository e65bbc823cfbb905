"""What happened, entry by entry: written with every change of stock, and cleared away when it is old."""
