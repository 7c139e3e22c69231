"""What a model is worth: its predictions, calibration, and its errors along an order."""
