"""Whether everyone can use the pages: axe-core, keyboard, zoom, motion, targets, and pages as HTML."""
