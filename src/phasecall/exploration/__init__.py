"""Exploration: what a time course looks like, in numbers; figures draw them."""

from phasecall.exploration.record import MAX_CHOSEN, MIN_VALUES, Exploration, explore

__all__ = ["MAX_CHOSEN", "MIN_VALUES", "Exploration", "explore"]
