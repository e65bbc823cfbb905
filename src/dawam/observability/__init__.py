"""What the product says about itself. Every line is written by a subscriber to `events.lifecycle`."""
