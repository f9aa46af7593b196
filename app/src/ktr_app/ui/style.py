"""The little CSS that Streamlit's theme does not cover."""

STYLE = """<style>
.block-container { padding-top: 3.2rem; max-width: 76rem; }
.stMain h1 { font-size: 2rem; padding-bottom: .4rem; }
.stMain h3 { font-size: 1.25rem; }
.ktr-footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid #e5eaf3; color: #7b879c;
              font-size: .8rem; }
.ktr-brand { font-weight: 700; font-size: 1.2rem; letter-spacing: .02em; color: #14213d; }
.ktr-link { color: #3454d1; font-weight: 600; text-decoration: none; }
.ktr-link:hover { text-decoration: underline; }
.ktr-empty { text-align: center; padding: 2.6rem 1rem; border: 1.5px dashed #cbd5e6; border-radius: .8rem;
             color: #52607a; background: #f8fafd; }
.ktr-empty b { display: block; color: #14213d; font-size: 1.1rem; margin-bottom: .3rem; }
.ktr-file { display: flex; gap: .6rem; align-items: center; padding: .15rem 0; }
</style>"""
