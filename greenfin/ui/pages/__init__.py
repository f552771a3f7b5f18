"""Pages: each draws one view with streamlit, without arithmetic."""
