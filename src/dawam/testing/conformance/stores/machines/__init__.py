"""State machines of Hypothesis: any order of any verbs, held to a model after every step, and cut down where it fails.

A failure is printed as the few steps that lead to it. How many examples are tried, and of how many steps each, is said
by the profile of Hypothesis (`max_examples`, `stateful_step_count`).
"""
