"""What the stores on SQL databases share: named statements, and the tables' numbered migrations."""
