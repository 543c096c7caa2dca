"""Files of the Gene Expression Omnibus: series matrices, family files and data sets."""

from __future__ import annotations

from phasecall.io.geo.deposit import read_deposit
from phasecall.io.geo.series import GeoWishes, read_geo, recognise_geo

__all__ = ["GeoWishes", "read_deposit", "read_geo", "recognise_geo"]
