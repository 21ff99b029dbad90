"""Lighthouse over the demo's pages: `python -m tests.lighthouse` (docs/operations.md)."""
