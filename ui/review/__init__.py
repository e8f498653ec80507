"""Ledelsestilsyn: cases are sampled, read and judged, and what they show stands beside the register.

Without Streamlit: a `sample` is drawn, a round is as it is `standing`, what a case is asked and `answers`, and the
`results`. On the page: `show_rounds`, `show_round` and `show_case`, with the `ways` between them.
"""
