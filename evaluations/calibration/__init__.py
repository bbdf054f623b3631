"""How well calibrations keep what they say: see scripts/evaluate-calibration."""
