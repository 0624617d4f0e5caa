"""Drawings: the network, the gates and the curves, as SVG that a page and a PDF both take."""

from derive.figures.curve import curve_svg
from derive.figures.gates import gates_svg
from derive.figures.network import network_svg
from derive.figures.scalar_gates import fits, scalar_gates_svg

__all__ = ["curve_svg", "fits", "gates_svg", "network_svg", "scalar_gates_svg"]
