"""Mentoring-outcomes research: surveys in, mixed models that are right for few mentors, a publishable report out."""
