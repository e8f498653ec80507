"""Tilgængelighed: the statement of how far everybody can use the dashboard, and where to say so if one cannot."""

import streamlit as st

from ui import access

access.guard()
st.title("Tilgængelighed", anchor=False)
