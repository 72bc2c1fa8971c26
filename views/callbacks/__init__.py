"""回访: whom to call back and why, sheets of paper and their return, and what came of it."""
