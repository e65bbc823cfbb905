"""What suppliers offer and at which price, fetched every hour from the supplier's own system."""
