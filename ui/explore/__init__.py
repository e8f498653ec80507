"""Udforsk: any measure in two dimensions. Draws nothing.

A `question` is read out of the address and answered by a `crosstab`, with what one must know to its `reading`, a
`picture` of it, and the `listing` of the units behind a cell. What stands in an address may be forged or old: nothing
of it is used before it has been checked, and what is not used is said.
"""
