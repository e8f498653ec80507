"""The material for a meeting: on the page, in the PDF, the slides and the sheet, always from what has been published.

`compose` makes a `pack` (plain values: words and numbers) of the `parts` and the `figures` in them; `pdf`, `pptx` and
`xlsx` draw it, and `files` puts the three in a folder. Knows no Streamlit.
"""
