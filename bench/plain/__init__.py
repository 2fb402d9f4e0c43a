"""The yardstick of `bench/intake.py`: the payment form as a plain Django project would write it, stored unsealed."""
