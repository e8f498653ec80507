"""What is fast, and how fast: each goal measured by the module that knows it, told of in one table by `goals`."""
