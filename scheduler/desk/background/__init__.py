"""What goes on beside the requests: tables made ahead, a second process that plans, garbage."""
