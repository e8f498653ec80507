"""Metoden: how a row in the case system becomes a figure, for the curious leader."""

import streamlit as st

from ui import access

access.guard()
st.title("Metoden bag tallene", anchor=False)
