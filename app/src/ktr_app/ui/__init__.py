"""The pages: Streamlit scripts without logic of their own."""
