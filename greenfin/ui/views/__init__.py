"""View models: what the pages show, made without streamlit."""
