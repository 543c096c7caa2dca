"""Exploration: what a time course looks like, in numbers; figures draw them."""

from phasecall.exploration.record import Exploration, explore

__all__ = ["Exploration", "explore"]
