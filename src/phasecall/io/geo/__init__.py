"""Files of the Gene Expression Omnibus: series matrices, family files and data sets."""

from __future__ import annotations

from phasecall.io.geo.series import GeoWishes, read_geo, recognise_geo

__all__ = ["GeoWishes", "read_geo", "recognise_geo"]
