"""What operation is given in `deploy/`, tried as operation uses it."""
