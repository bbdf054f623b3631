"""Evaluations of a model's embeddings: error rates, calibrations, reports and pictures."""
