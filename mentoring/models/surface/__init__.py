"""Response surface analysis: an outcome over the two sides' standing, in a mixed model that is right for few mentors."""

from __future__ import annotations

from mentoring.models.surface.response import ResponseSurface, response_surface

__all__ = ["ResponseSurface", "response_surface"]
