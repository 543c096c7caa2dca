"""Figures of the atlas, a module a family."""
