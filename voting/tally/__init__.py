"""Counting, and the rules that turn counts into an outcome."""
